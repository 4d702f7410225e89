/** The cells of a tensor's grid. */

import { Heading } from "../../parts/heading";
import { exact, padding, shares, shownIn, told } from "../../state/digits";
import { type Entry, numberAt, type Tensor } from "../../state/frame";
import { placeKey } from "../../state/micro";
import type { View } from "../../state/view";
import { absence, entryName, isByHand, spokenName } from "../../state/words";
import { tellingApart } from "../../text/apart";
import { say } from "../../text/say";
import { Edit, isEditable } from "./edit";

export interface CellsProps {
  readonly view: View;
  readonly tensor: Tensor;
  /** It has numbers. */
  readonly there: boolean;
  readonly tall: boolean;
  readonly rows: number;
  readonly columns: number;
  /** The rows' names. */
  readonly sides: readonly string[] | null;
  /** Places that took part in what is explained, and the place that is explained. */
  readonly lit: ReadonlySet<string>;
  readonly pointed: string;
  /** The tab stop. */
  readonly roving: Pick<Entry, "row" | "column">;
  /** The place whose number is being typed, and what ends that. */
  readonly edited: string;
  readonly close: () => void;
}

export function Cells(props: CellsProps) {
  const { tensor, there, rows, columns, sides } = props;
  const texts = there ? columnTexts(tensor, rows, columns) : [];
  const share = shares(tensor);
  const short = tellingApart(sides ?? []);
  const indices = (length: number) => Array.from({ length }, (_, index) => index);
  return (
    <tbody>
      {indices(rows).map((row) => (
        <tr key={row}>
          {sides && <Heading scope="row" name={sides[row] ?? ""} short={short[row]} />}
          {there
            ? indices(columns).map((column) => (
                <Cell
                  key={column}
                  {...props}
                  row={row}
                  column={column}
                  text={texts[column]?.[row]}
                  share={share}
                />
              ))
            : row === 0 && <Nothing {...props} />}
        </tr>
      ))}
    </tbody>
  );
}

interface CellText {
  readonly now: string;
  readonly pad: string;
  readonly old: string;
  readonly oldPad: string;
}

/** The texts of each column; old and new numbers are aligned together. */
function columnTexts(tensor: Tensor, rows: number, columns: number): CellText[][] {
  const showsOld = tensor.changed !== "" && tensor.old !== null;
  return Array.from({ length: columns }, (_, column) => {
    const text = (before: boolean) =>
      told(
        Array.from({ length: rows }, (_, row) => numberAt(tensor, row, column, before) ?? 0),
        shownIn(tensor),
      );
    const now = text(false);
    const old = showsOld ? text(true) : [];
    const pads = padding([...now, ...old]);
    return now.map((each, row) => ({
      now: each,
      pad: pads[row] ?? "",
      old: old[row] ?? "",
      oldPad: pads[rows + row] ?? "",
    }));
  });
}

interface CellProps extends CellsProps {
  readonly row: number;
  readonly column: number;
  readonly text: CellText | undefined;
  readonly share: (x: number) => number;
}

function Cell(props: CellProps) {
  const { view, tensor, tall, lit, pointed, roving, edited, close, row, column, text, share } =
    props;
  const value = numberAt(tensor, row, column);
  if (value === null || !text) return <td />;
  const entry = { tensor: tensor.name, row, column };
  const place = placeKey(entry);
  const isStop = row === roving.row && column === roving.column;
  const scene = view.micro.scene.value;
  const byHand = isByHand(tensor, entry);
  const sign = value < 0 ? "lr-minus" : Number.isFinite(value) ? "lr-plus" : "lr-wild";
  return (
    <td
      data-at={place}
      tabIndex={isStop ? 0 : -1}
      class={`${sign}${byHand ? " lr-hand" : ""}${lit.has(place) ? " lr-lit" : ""}${place === pointed ? " lr-pointed" : ""}${text.now.length > 8 || text.old.length > 8 ? " lr-long" : ""}`}
      style={`--s:${share(value).toFixed(2)}`}
      title={say("inside.cell", {
        number: exact(value, tensor.bits),
        by_hand: byHand,
        settable: isEditable(tensor.name) && !view.bar("set"),
      })}
      aria-label={spokenName(scene, tensor, entry, text)}
      aria-describedby={isStop ? `${view.id}-why` : undefined}
    >
      {tall && (
        <small class={text.old ? "lr-old" : ""} data-pad={text.oldPad}>
          {text.old}
        </small>
      )}
      <span data-pad={text.pad}>{text.now}</span>
      {place === edited && (
        <Edit
          view={view}
          entry={{ ...entry, value }}
          bits={tensor.bits}
          label={say("inside.new", { name: entryName(scene, entry) })}
          close={close}
        />
      )}
    </td>
  );
}

/** Stands for all numbers of a tensor that is None or not there yet. */
function Nothing({ view, tensor, rows, columns }: CellsProps) {
  const words = tensor.state === "value" ? say("inside.not_sent") : absence(tensor);
  return (
    <td
      key={0}
      class="lr-void"
      data-at="0,0"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a cell of a grid
      tabIndex={0}
      rowSpan={rows}
      colSpan={columns}
      aria-label={`${tensor.name}: ${words}`}
      aria-describedby={`${view.id}-why`}
    >
      {words}
    </td>
  );
}
