/** "Graph": the operations of the update, walked through one by one; the code, and what the chosen one holds. */

import { useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { arrange, layout, type Size } from "../../charts/graph";
import type { WireNode } from "../../kernel/contract";
import { SCROLLS } from "../../parts/attributes";
import { reveal } from "../../parts/reveal";
import { short } from "../../state/digits";
import { type Graph, linesOf, type Step, sentencesOf, shownAs, stepsOf } from "../../state/graph";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { Code } from "../microscope/code";

/** In pixels: an operation's box, a line of numbers below it, a letter, and the room between two nodes. */
const [HIGH, LINE, LETTER] = [20, 13, 7];
/** Of an operation's sign, in letters: learning_rate is whole. */
const MOST = 13;
const GAP = { width: 11, height: 9 };

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
  steps.findLast(({ node }) => node === at) ??
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
  const plan = layout(graph.nodes);
  const drawn = graph.nodes.map((node) => drawingOf(graph, node));
  const { x, y, end, caption, ...size } = arrange(plan, drawn, { gap: GAP, line: 20 });
  const isApart = (at: number) => (plan.places[at]?.row ?? 0) >= plan.apart;
  const box = useRef<HTMLDivElement>(null);
  const all = stepsOf(graph);
  const last = graph.ended ? undefined : all.at(-1);
  const waits = (node: number, back: boolean) => {
    const has = (step: Step) => step.node === node && step.back === back;
    return all.some(has) && !done.some(has);
  };
  useLayoutEffect(() => {
    const shown = follows ? ".lr-lit" : last && `[data-node="${last.node}"]`;
    if (shown) reveal(box.current, box.current?.querySelector(shown));
  }, [follows, follows && lit.value]);
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
      {...SCROLLS}
      onKeyDown={onKeyDown}
    >
      <svg {...size} aria-hidden="true">
        {plan.rows > plan.apart && (
          <text class="lr-apart" x={4} y={caption + 12}>
            {say("graph.apart")}
          </text>
        )}
        {graph.nodes.flatMap((node, to) =>
          node.inputs.map(({ source, share }, way) => {
            if (isApart(source) !== isApart(to)) return null;
            const flows = share && !waits(to, true);
            const [x0, y0, x1] = [x(source) + (drawn[source]?.box ?? 0), y(source) + 10, x(to)];
            const y1 = y(to) + 10 + (way ? 5 : -5) * Number(node.inputs.length > 1);
            // The gradient's way is to the left.
            const head = flows ? "m5 -4l-5 4l5 4m-5 -4" : "";
            const line =
              plan.places[source]?.column === plan.places[to]?.column
                ? `H${end(to) + 5}V${y1}H${x1 + (drawn[to]?.box ?? 0)}`
                : `H${end(source)}C${end(source) + 8} ${y0} ${x1 - 8} ${y1} ${x1} ${y1}`;
            return (
              <path
                key={`${to} ${way}`}
                class={`lr-edge${flows ? " lr-flows" : ""}${waits(to, false) ? " lr-waits" : ""}`}
                d={`M${x0} ${y0}${head}${line}`}
              />
            );
          }),
        )}
        {graph.nodes.map((node, at) => {
          const { kind, part, title, flaws } = node;
          const { label, name, box: wide, width, height, cells, back } = drawn[at] as Drawing;
          const made = !waits(at, false);
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
              data-node={at}
              transform={`translate(${x(at)} ${y(at)})`}
              onPointerEnter={pick(at)}
              onClick={pick(at)}
            >
              <title>{title}</title>
              <rect class="lr-around" x={-3} y={-2} width={width + 6} height={height + 5} rx={6} />
              <rect width={wide} height={HIGH} rx={kind === "operation" ? 6 : 10} />
              <text x={7} y={14}>
                <tspan class="lr-sign">{label}</tspan>
                {name && ` ${name}`}
              </text>
              {made && <Cells of={cells} />}
              {made && !waits(at, true) && back.length > 0 && <Cells of={back} back />}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** A number or a word of a node, and where it ends. */
interface Placed {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** A node as it is drawn: a box with its sign, and below the edge that leaves it the tensor on that edge. */
interface Drawing extends Size {
  readonly label: string;
  /** What the result is called, where that is a name. */
  readonly name: string;
  /** The width of the box. */
  readonly box: number;
  readonly cells: readonly Placed[];
  readonly back: readonly Placed[];
}

function drawingOf(graph: Graph, node: WireNode): Drawing {
  const { label: sign, title, shape, values, gradients } = node;
  // difference.numel() is numel().
  const label = cut(sign.length > MOST ? sign.replace(/^.*\.(?=\w)/, "") : sign, MOST);
  const name = title !== sign && /^[\w.]+$/.test(title) ? cut(title, 12) : "";
  const box = 14 + LETTER * (label.length + (name ? name.length + 1 : 0));
  const value = linesOf(graph, values, shape, shownAs(node));
  const gradient = linesOf(graph, gradients, shape);
  const wide = (lines: string[][]) =>
    Array.from({ length: Math.max(0, ...lines.map(({ length }) => length)) }, (_, column) =>
      Math.max(...lines.map((line) => LETTER * (line[column]?.length ?? 0))),
    );
  // Values and gradients of one shape stand in the same columns.
  const columns = wide([...value, ...gradient]);
  const ends = columns.map((_, at) =>
    columns.slice(0, at + 1).reduce((sum, one) => sum + one + 6, -4),
  );
  const placed = (lines: string[][], from: number): Placed[] =>
    lines.flatMap((line, row) =>
      line.map((text, at) => ({ text, x: ends[at] ?? 0, y: HIGH + LINE * (from + row + 1) })),
    );
  return {
    ...{ label, name, box },
    width: Math.max(box, ends.at(-1) ?? 0),
    height: HIGH + LINE * (value.length + gradient.length),
    cells: placed(value, 0),
    back: placed(gradient, value.length),
  };
}

const Cells = ({ of: cells, back }: { of: readonly Placed[]; back?: boolean }) => (
  <text class={back ? "lr-back" : "lr-cells"} text-anchor="end">
    {cells.map(({ text, x, y }, at) => (
      <tspan key={at} x={x} y={y}>
        {back && at === 0 ? `∂ ${text}` : text}
      </tspan>
    ))}
  </text>
);

const cut = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;

/** All numbers of the chosen node that are here. */
function Details({ graph, at }: { graph: Graph; at: number }) {
  const node = graph.nodes[at];
  if (!node) return <div class="lr-held" />;
  const spot = graph.spots[node.spots[0] ?? -1];
  /** What came back on each way, where several meet. */
  const shares = graph.nodes.flatMap(({ label, inputs }) =>
    inputs.flatMap(({ source, share }) => (source === at && share ? [{ share, label }] : [])),
  );
  return (
    <div class="lr-held" {...SCROLLS}>
      {spot && spot.line < 0 && spot.source && (
        <pre class="lr-there">
          {spot.function}: {spot.source.slice(0, spot.start)}
          <mark>{spot.source.slice(spot.start, spot.end)}</mark>
          {spot.source.slice(spot.end).replace(/ +#.*/, "")}
        </pre>
      )}
      <Table graph={graph} name={node.values} caption={node.title} show={shownAs(node)} />
      <Table graph={graph} name={node.gradients} caption={`∂loss / ∂${node.title}`} />
      {shares.length > 1 &&
        shares.map(({ share, label }, index) => (
          <Table key={index} graph={graph} name={share} caption={`∂ · ${label}`} />
        ))}
    </div>
  );
}

interface TableProps {
  readonly graph: Graph;
  readonly name: string;
  readonly caption: string;
  readonly show?: (x: number) => string;
}

function Table({ graph, name, caption, show = short }: TableProps) {
  const array = graph.arrays[name];
  if (!array) return null;
  const columns = array.shape.at(-1) ?? 1;
  const cells = Array.from(array.values, (x) => show(x));
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
