/** Every tensor of the update as a small labelled table, in the order in which they come about. */

import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Frame, shapeText, type Tensor, tensorOf } from "../../state/frame";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { Grid } from "./grid";

const PARAMETERS = ["w", "w.grad", "b", "b.grad"];

export function Tensors({ view }: { view: View }) {
  const frame = view.micro.frame.value;
  // What was seen in an earlier frame: a tensor that is gone keeps its room, and so do old numbers.
  const seen = useRef(new Map<string, Tensor>()).current;
  const changing = useRef(new Set(PARAMETERS)).current;
  for (const tensor of frame.tensors) {
    if (tensor.state === "value") seen.set(tensor.name, tensor);
    if (tensor.old) changing.add(tensor.name);
  }
  const shown = sorted(frame).map((tensor) => ({
    tensor,
    like: (tensor.state !== "value" && (seen.get(tensor.name) ?? model(frame, tensor))) || tensor,
  }));
  return (
    <div class="lr-tensors">
      {inRows(shown).map((row, index) => (
        <div key={index} class="lr-tensor-row">
          {row.map((group) => (
            <div key={group[0]?.tensor.name} class="lr-group">
              {group.map(({ tensor, like }) => (
                <Figure
                  key={tensor.name}
                  view={view}
                  tensor={tensor}
                  like={like}
                  tall={changing.has(tensor.name)}
                />
              ))}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

/** A tensor, and the one whose room it takes while it has no numbers. */
interface Shown {
  readonly tensor: Tensor;
  readonly like: Tensor;
}

const ROWS = [
  ["x", "y", "predictions"],
  ["w", "b"],
  ["w.grad", "b.grad"],
];

/** What belongs together stands side by side; single numbers in one pile, behind w and b. */
function inRows(tensors: readonly Shown[]): Shown[][][] {
  const single = tensors.filter(isSingle);
  const others = tensors.filter((each) => !isSingle(each));
  const rows: Shown[][][] = ROWS.map((names) =>
    others.filter(({ tensor: { name } }) => names.includes(name)).map((each) => [each]),
  );
  if (single.length > 0) rows[1]?.push(single);
  const named = ROWS.flat();
  rows.push(others.filter(({ tensor: { name } }) => !named.includes(name)).map((each) => [each]));
  return rows.filter((row) => row.length > 0);
}

const isSingle = ({ like: { shape, axes } }: Shown) => shape.length === 0 && !axes.some(Boolean);

/** As the update comes by them; the learning rate, which is given, before what is learned. */
function sorted({ tensors }: Frame): readonly Tensor[] {
  const rate = ({ name }: Tensor) => name === "learning_rate";
  const others = tensors.filter((tensor) => !rate(tensor));
  const at = others.findIndex(({ name }) => name === "w");
  return [...others.slice(0, at), ...tensors.filter(rate), ...others.slice(at)];
}

/** What a tensor will look like that has not been seen yet. */
const model = (frame: Frame, { name }: Tensor) =>
  tensorOf(frame, name === "predictions" ? "y" : name.replace(".grad", ""));

interface FigureProps {
  readonly view: View;
  readonly tensor: Tensor;
  readonly like: Tensor;
  /** Leaves room for old numbers above the new ones. */
  readonly tall: boolean;
}

function Figure({ view, tensor, like, tall }: FigureProps) {
  const { name, changed, state, requires_grad, was_none, shape, rows, columns, dtype } = tensor;
  const id = `${view.id}-${name}`;
  const { graph, node } = view.micro;
  const lit = useComputed(() => graph.value?.nodes[node.value]?.tensor === name).value;
  const [height = 1, width = 1] = shape.length > 1 ? shape : [1, ...shape];
  const rest = [
    width > columns && say("tables.columns", { count: width - columns }),
    height > rows && say("tables.rows", { count: height - rows }),
  ].filter(Boolean);
  return (
    <figure class={`lr-tensor lr-${state} lr-changed-${changed}${lit ? " lr-named" : ""}`}>
      <figcaption id={id}>
        <b>{name}</b>{" "}
        {dtype !== "float" && changed && (
          <i>
            {say("inside.change", {
              change: changed !== "now" ? "before" : was_none ? "new" : "changed",
            })}
          </i>
        )}{" "}
        <span>{shapeText(tensor)}</span>
        {requires_grad && <span title="requires_grad=True"> · grad</span>}
      </figcaption>
      <div class="lr-box">
        <Grid view={view} tensor={tensor} like={like} tall={tall} labelledBy={id} />
      </div>
      {state === "value" && rest.length > 0 && <small>⋯ {rest.join(", ")}</small>}
    </figure>
  );
}
