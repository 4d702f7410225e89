/** A table of numbers that scrolls by itself: a name for each row, aligned columns. */

import { padding, short } from "../state/digits";
import { SCROLLS } from "./attributes";

interface NumbersProps {
  /** The accessible name. */
  readonly label: string;
  /** Stands over the rows' names. */
  readonly corner: string;
  readonly rows: readonly string[];
  /** The row that is pointed out. */
  readonly lit?: number;
  /** A number as it is shown. */
  readonly show?: (x: number) => string;
  /** How wide a column is at least, in em. */
  readonly room?: number;
  readonly columns: readonly (readonly [head: string, numbers: readonly number[]])[];
}

export function Numbers({
  label,
  corner,
  rows,
  lit,
  show = short,
  room = 7.2,
  columns,
}: NumbersProps) {
  const texts = columns.map(([, numbers]) => numbers.map(show));
  const pads = texts.map(padding);
  return (
    <div class="lr-rows" {...SCROLLS}>
      {/* In 81% of it, what the names leave, the longest number has room in each column: −1.234e−30. */}
      <table aria-label={label} style={`min-width:${(room * columns.length) / 0.81}em`}>
        <thead>
          <tr>
            {[corner, ...columns.map(([head]) => head)].map((head, index) => (
              <th key={index} scope="col" title={index ? undefined : head}>
                <bdi>{head}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, row) => (
            <tr key={row} class={row === lit ? "lr-litrow" : undefined}>
              <th scope="row" title={name}>
                <bdi>{name}</bdi>
              </th>
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
