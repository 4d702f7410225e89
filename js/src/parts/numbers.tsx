/** A table of numbers that scrolls by itself: a name for each row, aligned columns. */

import { padding, told } from "../state/digits";
import { SCROLLS } from "./attributes";
import { Heading } from "./heading";

/** What stands over a column, and what is shown of that, if not all. */
export type Column = readonly [
  head: string,
  numbers: readonly number[],
  brief?: string | undefined,
];

interface NumbersProps {
  /** The accessible name. */
  readonly label: string;
  /** Stands over the rows' names. */
  readonly corner: string;
  readonly rows: readonly string[];
  /** What is shown of the rows' names, if not all. */
  readonly brief?: readonly string[];
  /** The row that is pointed out. */
  readonly lit?: number;
  /** A number as it is shown. */
  readonly show?: (x: number, precision?: number) => string;
  /** How wide a column is at least, in em. */
  readonly room?: number;
  readonly columns: readonly Column[];
}

export function Numbers({
  label,
  corner,
  rows,
  brief = rows,
  lit,
  show,
  room = 7.2,
  columns,
}: NumbersProps) {
  const texts = columns.map(([, numbers]) => told(numbers, show));
  const pads = texts.map(padding);
  return (
    <div class="lr-rows" {...SCROLLS}>
      {/* In 81% of it, what the names leave, the longest number has room in each column: −1.234e−30. */}
      <table aria-label={label} style={`min-width:${(room * columns.length) / 0.81}em`}>
        <thead>
          <tr>
            <Heading scope="col" name={corner} />
            {columns.map(([head, , brief], index) => (
              <Heading key={index} scope="col" name={head} short={brief} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, row) => (
            <tr key={row} class={row === lit ? "lr-litrow" : undefined}>
              <Heading scope="row" name={name} short={brief[row]} />
              {texts.map((column, index) => (
                <td key={index} data-pad={pads[index]?.[row]}>
                  {column[row]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
