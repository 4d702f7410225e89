/** The code that runs: what it has done, what comes next, and where its phases end. */

import { effect, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Token } from "../../kernel/contract";
import { flip, SCROLLS } from "../../parts/attributes";
import { reveal } from "../../parts/reveal";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { brief, commentIn, isWithin, listing, shownLine } from "./listing";

/** Each mark has a word, a sign and a colour. */
const MARKS = { failed: "✕", done: "✓", next: "▸" } as const;

export function Code({ view }: { view: View }) {
  const { source, frame } = view.micro;
  const { fold, name } = source.value;
  // The same nodes each time: a frame then costs no more than its marks.
  const rows = useMemo(
    () =>
      listing(source.value).map((row) => ({
        ...row,
        whole: <Text tokens={row.tokens} />,
        brief: <Text tokens={brief(row.tokens)} />,
        comment: commentIn(row.tokens),
        indent: row.tokens[0]?.[1].search(/\S|$/) ?? 0,
      })),
    [source.value],
  );
  const open = useSignal(false);
  const folded = !open.value && fold;
  const box = useRef<HTMLPreElement>(null);
  const { done, next, failed, phase, phases } = frame.value;
  const coming = shownLine(rows, failed === null ? next : null);
  const markOf = (index: number) =>
    index === failed ? "failed" : isWithin(done, index) ? "done" : index === coming && "next";
  // A long function scrolls within its room: the present line is to be seen.
  const present = done?.[1] ?? coming;
  useLayoutEffect(() => {
    const line = box.current?.querySelector<HTMLElement>(".lr-now-next, .lr-now-done");
    if (!box.current || !line) return;
    const { offsetTop: top, offsetHeight: height } = line;
    const { scrollTop, clientHeight } = box.current;
    if (top < scrollTop || top + height > scrollTop + clientHeight)
      box.current.scrollTop = top - clientHeight / 3;
  }, [present, open.value]);
  const { graph, picked } = view.micro;
  useLayoutEffect(
    () =>
      effect(() => {
        const spot = graph.value?.nodes[picked.value]?.spots.at(-1);
        reveal(box.current, box.current?.querySelector(`[data-spot="${spot}"]`)?.parentElement);
      }),
    [graph, picked],
  );
  if (rows.length === 0) return <p class="lr-nothing">{say("inside.hidden")}</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the code is preformatted
    <pre
      ref={box}
      class="lr-code"
      role="region"
      aria-label={say("inside.source", { name })}
      {...SCROLLS}
    >
      <code>
        {fold && (
          <span class="lr-line lr-signature">
            <button type="button" class="lr-unfold" aria-expanded={open.value} onClick={flip(open)}>
              {open.value ? say("inside.fold") : say("inside.unfold", { name, count: fold[1] + 1 })}
            </button>
          </span>
        )}
        {rows.map(({ index, number, whole, brief: short, comment, indent, ends }) => {
          if (folded && index <= folded[1]) return null;
          const mark = markOf(index);
          return (
            <span key={index} class={`lr-line lr-now-${mark}`} title={folded ? comment : undefined}>
              <span class="lr-gutter">
                {mark && (
                  <i role="img" aria-label={say("inside.mark", { mark })}>
                    {MARKS[mark]}
                  </i>
                )}
                {number}
              </span>
              <Marks view={view} line={index} indent={indent - (folded ? 4 : 0)} />
              {folded ? short : whole}
              {ends.map((end) => (
                <Phase key={end} name={end} is={end === phase} was={phases.includes(end)} />
              ))}
            </span>
          );
        })}
      </code>
    </pre>
  );
}

/** The sub-expressions of a line, to be pointed at; the one of the node that is pointed at is lit. */
function Marks({ view, line, indent }: { view: View; line: number; indent: number }) {
  const { graph, node, picked } = view.micro;
  const all = graph.value;
  if (!all) return null;
  const lit = all.nodes[node.value]?.spots.at(-1);
  return (
    <>
      {all.spots
        .map((spot, at) => ({ ...spot, at }))
        .filter((spot) => spot.line === line)
        .sort((a, b) => b.end - b.start - a.end + a.start)
        .map(({ at, start, end }) => (
          <i
            key={at}
            aria-hidden="true"
            data-spot={at}
            class={at === lit ? "lr-spot lr-lit" : "lr-spot"}
            style={`--at:${start + indent};--long:${end - start}`}
            onPointerOver={() => {
              picked.value = all.nodes.reduce(
                (found, { spots }, node) => (spots.at(-1) === at ? node : found),
                -1,
              );
            }}
          />
        ))}
    </>
  );
}

const Text = ({ tokens }: { tokens: readonly Token[] }) => (
  <span class="lr-text">
    {tokens.map(([kind, text]) => (kind ? <span class={`lr-${kind}`}>{text}</span> : text))}
    {"\n"}
  </span>
);

/** At the end of the line after which its `yield` stands. */
const Phase = ({ name, is, was }: { name: string; is: boolean; was: boolean }) => (
  <em class={is ? "lr-phase lr-current" : "lr-phase"} aria-current={is && "step"}>
    {is || was ? "✓" : "○"} <span>{name}</span>
  </em>
);
