/** One tensor's numbers as a grid: a single tab stop, arrow keys inside, and word of what is pointed at. */

import { useComputed, useSignal } from "@preact/signals";
import type { TargetedEvent, TargetedKeyboardEvent } from "preact";
import { Heading } from "../../parts/heading";
import { type Entry, namesAlong, type Tensor } from "../../state/frame";
import { placeKey } from "../../state/micro";
import type { View } from "../../state/view";
import { tellingApart } from "../../text/apart";
import { isEditable } from "./edit";
import { Cells, type CellsProps } from "./gridcells";

interface GridProps {
  readonly view: View;
  readonly tensor: Tensor;
  /** Whose room and names it takes while it has no numbers itself. */
  readonly like: Tensor;
  /** Leaves room for old numbers above the new ones. */
  readonly tall: boolean;
  readonly labelledBy: string;
}

type Place = Pick<Entry, "row" | "column">;

/** While a run goes on, only about as much as is in sight is drawn. */
const IN_SIGHT = 9;

export function Grid({ view, tensor, like, tall, labelledBy }: GridProps) {
  const { micro } = view;
  const { name } = tensor;
  // Strings: they are the same again for all tensors but those that the pointer came to or left.
  const placesIn = (entries: readonly (Entry | null)[]) =>
    entries.map((entry) => (entry?.tensor === name ? placeKey(entry) : "")).join(" ");
  const lit = useComputed(() => placesIn(micro.lit.value)).value;
  const pointed = useComputed(() => placesIn([micro.pointed.value])).value;
  const stop = useSignal<Place>({ row: 0, column: 0 });
  /** The place whose number is being typed; "" where none is. */
  const edited = useSignal("");
  const running = useComputed(() => view.run.traits.status.value === "running").value;
  const most = running ? IN_SIGHT : 1e9;
  const rows = Math.max(1, Math.min(most, like.rows));
  const columns = Math.max(1, Math.min(most, like.columns));
  const scene = micro.scene.value;
  const heads = namesAlong(like.axes[1], columns, scene.frame, scene.names);
  const sides = namesAlong(like.axes[0], rows, scene.frame, scene.names);
  const short = tellingApart(heads ?? []);
  const there = tensor.state === "value" && tensor.rows > 0;
  const last = there ? { row: rows - 1, column: columns - 1 } : { row: 0, column: 0 };
  const roving = afterKey("", stop.value, last) as Place;

  const editable = isEditable(name) && !view.bar("set");
  const edit = (at: Place | null) => {
    if (at && there && editable) edited.value = placeKey(at);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTableElement>) => {
    if ((event.target as Element).tagName === "INPUT") return;
    if (event.key === "Enter" || event.key === "F2") edit(entryOf(event.target, name));
    const next = afterKey(event.key, roving, last);
    if (!next) return;
    event.preventDefault();
    stop.value = next;
    event.currentTarget.querySelector<HTMLElement>(`[data-at="${placeKey(next)}"]`)?.focus();
  };
  const onFocusIn = (event: TargetedEvent<HTMLTableElement>) => {
    const at = entryOf(event.target, name);
    if (at) stop.value = at;
    micro.focused.value = at;
  };
  const cells: CellsProps = {
    view,
    tensor,
    there,
    tall,
    rows,
    columns,
    sides,
    pointed,
    roving,
    edited: edited.value,
    close: () => {
      edited.value = "";
    },
    lit: new Set(lit.split(" ")),
  };
  return (
    <table
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its cells take the focus
      role="grid"
      class={tall ? "lr-grid lr-tall" : "lr-grid"}
      aria-labelledby={labelledBy}
      aria-readonly={editable ? undefined : "true"}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const at = entryOf(event.target, name);
        const { pinned } = micro;
        const again =
          at && pinned.value?.tensor === name && placeKey(pinned.value) === placeKey(at);
        pinned.value = again ? null : at;
      }}
      onDblClick={(event) => edit(entryOf(event.target, name))}
      onFocusIn={onFocusIn}
      onFocusOut={() => {
        micro.focused.value = null;
      }}
      onPointerOver={(event) => {
        micro.hovered.value = entryOf(event.target, name);
      }}
      onPointerLeave={() => {
        micro.hovered.value = null;
      }}
    >
      {heads && (
        <thead>
          <tr>
            {sides && <td />}
            {heads.map((head, column) => (
              <Heading key={column} scope="col" name={head} short={short[column]} />
            ))}
          </tr>
        </thead>
      )}
      <Cells {...cells} />
    </table>
  );
}

/** The entry whose cell an event came from. */
function entryOf(target: EventTarget | null, tensor: string): Entry | null {
  const place = (target as Element | null)?.closest<HTMLElement>("[data-at]")?.dataset.at;
  if (!place) return null;
  const [row = 0, column = 0] = place.split(",").map(Number);
  return { tensor, row, column };
}

/** Rows and columns that a key moves by; Home and End go as far as there are columns. */
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  Home: [0, -1e9],
  End: [0, 1e9],
  "": [0, 0],
};

const within = (last: number, x: number) => Math.max(0, Math.min(last, x));

/** Where a key moves to in a grid, or null where it does not move. */
export function afterKey(key: string, at: Place, last: Place): Place | null {
  const by = MOVES[key];
  return by
    ? { row: within(last.row, at.row + by[0]), column: within(last.column, at.column + by[1]) }
    : null;
}
