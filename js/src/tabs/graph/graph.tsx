/** "Graph": the operations of the update, walked through one by one; the code, and what the chosen one holds. */

import { useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { layout } from "../../charts/graph";
import { reveal } from "../../parts/reveal";
import { short } from "../../state/digits";
import { type Graph, type Step, sentencesOf, stepsOf, textOf } from "../../state/graph";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { Code } from "../microscope/code";

/** A node's box, and the distance from one to the next, in pixels. */
const [WIDE, HIGH, RIGHT, DOWN] = [96, 44, 111, 54];

const KEYS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowRight: (at) => at + 1,
  ArrowLeft: (at, last) => (at < 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

export function GraphOf({ view }: { view: View }) {
  const graph = view.micro.graph.value;
  if (!graph || graph.nodes.every(({ kind }) => kind !== "operation"))
    return (
      <div class="lr-flow">
        <p class="lr-sentence">
          {say("graph.nothing", { plays: view.needs.value !== undefined && graph === null })}
        </p>
        <Code view={view} />
      </div>
    );
  return <Walk key={`${graph.update} ${graph.phases.length}`} view={view} graph={graph} />;
}

function Walk({ view, graph }: { view: View; graph: Graph }) {
  const { picked, node } = view.micro;
  const steps = stepsOf(graph);
  /** The step that the walk has come to; -1: it has not begun, and all is there. */
  const at = useSignal(-1);
  const go = (to: number) => {
    at.value = to < 0 || to >= steps.length ? -1 : to;
    picked.value = steps[at.value]?.node ?? -1;
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    go(move(at.value, steps.length - 1));
  };
  const step = steps[at.value];
  const shown = step && step.node === node.value ? step : stepOf(graph, steps, node.value);
  const first = steps.find(({ back }) => back);
  const sentences = shown ? sentencesOf(graph, shown) : graph.nodes.flatMap(({ flaws }) => flaws);
  const buttons = [
    ["⟨", "previous", KEYS.ArrowLeft],
    ["⟩", "next", KEYS.ArrowRight],
  ] as const;
  return (
    <div class="lr-flow">
      <div class="lr-walk">
        {buttons.map(([sign, name, move]) => (
          <button
            key={name}
            type="button"
            class="lr-button"
            data-keys="own"
            aria-label={say("graph.walk", { name })}
            onKeyDown={onKeyDown}
            onClick={() => move && go(move(at.value, steps.length - 1))}
          >
            {sign}
          </button>
        ))}
        <span>{step && say("graph.place", { at: at.value + 1, count: steps.length })}</span>
        <p aria-live="polite" class="lr-sentence">
          {shown && first?.node === shown.node && shown.back && `${say("graph.chain")} `}
          {sentences.join(" ") || say("graph.begin")}
        </p>
      </div>
      <Picture
        view={view}
        graph={graph}
        follows={step?.node === node.value}
        onKeyDown={onKeyDown}
        done={at.value < 0 ? steps : steps.slice(0, at.value + 1)}
      />
      <Code view={view} />
      <Details graph={graph} at={node.value} />
      <ol class="lr-spoken" aria-label={say("graph.told")}>
        {steps.map((each, index) => (
          <li key={index}>{sentencesOf(graph, each).join(" ")}</li>
        ))}
      </ol>
    </div>
  );
}

/** The last step of a node, for one that the walk has not come to. */
const stepOf = (graph: Graph, steps: readonly Step[], at: number): Step | undefined =>
  steps.filter(({ node }) => node === at).at(-1) ??
  (graph.nodes[at] && { node: at, back: graph.nodes[at].flow >= 0 });

interface PictureProps {
  readonly view: View;
  readonly graph: Graph;
  /** The steps that the walk has made. */
  readonly done: readonly Step[];
  /** The chosen node is the walk's, and is to be seen. */
  readonly follows: boolean;
  readonly onKeyDown: (event: TargetedKeyboardEvent<HTMLElement>) => void;
}

function Picture({ view, graph, done, follows, onKeyDown }: PictureProps) {
  const { picked, node: lit } = view.micro;
  const { places, columns, rows, apart } = layout(graph.nodes);
  const box = useRef<HTMLDivElement>(null);
  const x = (at: number) => (places[at]?.column ?? 0) * RIGHT + 4;
  const y = (at: number) => {
    const row = places[at]?.row ?? 0;
    return row * DOWN + (row >= apart ? 26 : 4);
  };
  const all = stepsOf(graph);
  const waits = (node: number, back: boolean) => {
    const has = (step: Step) => step.node === node && step.back === back;
    return all.some(has) && !done.some(has);
  };
  useLayoutEffect(() => {
    if (follows) reveal(box.current, box.current?.querySelector(".lr-lit"));
  }, [follows, lit.value]);
  const pick = (at: number) => () => {
    picked.value = at;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div
      ref={box}
      class="lr-graph"
      role="group"
      aria-label={say("graph.name", { count: graph.operations })}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and is walked by keys
      tabIndex={0}
      data-keys="own"
      onKeyDown={onKeyDown}
    >
      <svg
        width={columns * RIGHT - RIGHT + WIDE + 8}
        height={rows * DOWN + (rows > apart ? 18 : -6)}
        aria-hidden="true"
      >
        {rows > apart && (
          <text class="lr-apart" x={4} y={apart * DOWN + 16}>
            {say("graph.apart")}
          </text>
        )}
        {graph.nodes.flatMap((node, to) =>
          node.inputs.map(({ source, share }, way) => {
            const crosses = (places[source]?.row ?? 0) < apart !== (places[to]?.row ?? 0) < apart;
            if (crosses) return null;
            const [x0, y0] = [x(source) + WIDE, y(source) + HIGH / 2];
            const [x1, y1] = [
              x(to),
              y(to) + HIGH / 2 + (way ? 6 : -6) * Number(node.inputs.length > 1),
            ];
            const flows = share && !waits(to, true);
            return (
              <path
                key={`${to} ${way}`}
                class={`lr-edge${flows ? " lr-flows" : ""}${waits(to, false) ? " lr-waits" : ""}`}
                d={`M${x0} ${y0}C${x0 + 12} ${y0} ${x1 - 12} ${y1} ${x1} ${y1}`}
              />
            );
          }),
        )}
        {graph.nodes.map((node, at) => {
          const { kind, part, label, title, shape, values, gradients, flaws } = node;
          const made = !waits(at, false);
          const came = gradients && !waits(at, true);
          const look = [
            `is-${kind}`,
            `is-${part}`,
            at === lit.value && "lit",
            !made && "waits",
            flaws[0] && "wrong",
          ];
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: keys walk through the whole
            <g
              key={at}
              class={`lr-node ${look
                .filter(Boolean)
                .map((one) => `lr-${one}`)
                .join(" ")}`}
              transform={`translate(${x(at)} ${y(at)})`}
              onPointerEnter={pick(at)}
              onClick={pick(at)}
            >
              <title>{title}</title>
              <rect width={WIDE} height={HIGH} rx={kind === "operation" ? 6 : 14} />
              <Label label={label} title={title} />
              <text x={8} y={27}>
                {made && brief(textOf(graph, values, shape), shape)}
              </text>
              {came && (
                <text class="lr-back" x={8} y={40}>
                  ∂ {brief(textOf(graph, gradients, shape), shape)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const Label = ({ label, title }: { label: string; title: string }) => (
  <text x={8} y={14}>
    <tspan class="lr-sign">{cut(label, 13)}</tspan>
    {title !== label && /^[\w.]+$/.test(title) && ` ${cut(title, 13 - label.length)}`}
  </text>
);

const cut = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;

/** Numbers, where they have room in a node; else their shape. */
const brief = (text: string, shape: readonly number[]) =>
  text.length < 15 ? text : shape.join(" × ");

/** All numbers of the chosen node that are here. */
function Details({ graph, at }: { graph: Graph; at: number }) {
  const node = graph.nodes[at];
  if (!node) return <div class="lr-held" />;
  const spot = graph.spots[node.spots[0] ?? -1];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
    <div class="lr-held" tabIndex={0} data-keys="own">
      {spot && spot.line < 0 && spot.source && (
        <pre class="lr-there">
          {spot.function}: {spot.source.slice(0, spot.start)}
          <mark>{spot.source.slice(spot.start, spot.end)}</mark>
          {spot.source.slice(spot.end).replace(/ +#.*/, "")}
        </pre>
      )}
      <Table graph={graph} name={node.values} caption={node.title} />
      <Table graph={graph} name={node.gradients} caption={`∂loss / ∂${node.title}`} />
    </div>
  );
}

function Table({ graph, name, caption }: { graph: Graph; name: string; caption: string }) {
  const array = graph.arrays[name];
  if (!array) return null;
  const columns = array.shape.at(-1) ?? 1;
  const cells = Array.from(array.values, short);
  return (
    <table class="lr-grid">
      <caption>{caption}</caption>
      <tbody>
        {cells.map(
          (_, start) =>
            start % columns === 0 && (
              <tr key={start}>
                {cells.slice(start, start + columns).map((text, column) => (
                  <td key={column}>{text}</td>
                ))}
              </tr>
            ),
        )}
      </tbody>
    </table>
  );
}
