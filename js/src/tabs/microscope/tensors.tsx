/** Every tensor of the update as a small labelled table, in the order in which they come about. */

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
      {grouped(shown).map((group) => (
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
  );
}

/** A tensor, and the one whose room it takes while it has no numbers. */
interface Shown {
  readonly tensor: Tensor;
  readonly like: Tensor;
}

/** Single numbers that follow one another stand in one pile. */
function grouped(tensors: readonly Shown[]): Shown[][] {
  const groups: Shown[][] = [];
  for (const each of tensors) {
    const before = groups.at(-1)?.at(-1);
    if (before && isSingle(before) && isSingle(each)) groups.at(-1)?.push(each);
    else groups.push([each]);
  }
  // Behind w and b they fill what is left of a line.
  const single = groups.findIndex(([first]) => first && isSingle(first));
  const grad = groups.findIndex(([first]) => first?.tensor.name === "w.grad");
  if (single >= 0 && grad > single) groups.splice(grad - 1, 0, ...groups.splice(single, 1));
  return groups;
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
  const [height = 1, width = 1] = shape.length > 1 ? shape : [1, ...shape];
  const rest = [
    width > columns && say("tables.columns", { count: width - columns }),
    height > rows && say("tables.rows", { count: height - rows }),
  ].filter(Boolean);
  return (
    <figure class={`lr-tensor lr-${state} lr-changed-${changed}`}>
      <figcaption id={id}>
        <b title={requires_grad ? "requires_grad=True" : undefined}>{name}</b>{" "}
        {dtype !== "float" && changed && (
          <i>
            {say("inside.change", {
              change: changed !== "now" ? "before" : was_none ? "new" : "changed",
            })}
          </i>
        )}{" "}
        <span>{shapeText(tensor)}</span>
      </figcaption>
      <div class="lr-box">
        <Grid view={view} tensor={tensor} like={like} tall={tall} labelledBy={id} />
      </div>
      {state === "value" && rest.length > 0 && <small>⋯ {rest.join(", ")}</small>}
    </figure>
  );
}
