/** A table that is pasted: the text, and what was chosen of its columns; kept while another tab is open. */

import { type Signal, signal } from "@preact/signals";
import type { DraftColumn, Role } from "../kernel/contract";

export interface Pasted {
  readonly open: Signal<boolean>;
  readonly text: Signal<string>;
  /** One for each column; none: as the kernel reads the text by itself. */
  readonly roles: Signal<readonly Role[]>;
  /** Whether a column that becomes a target leaves the others what they are. */
  readonly several: Signal<boolean>;
  readonly dropGaps: Signal<boolean>;
  readonly decimal: Signal<string>;
  readonly thousands: Signal<string>;
  readonly heldOut: Signal<number>;
  /** Of the last request: what comes back with another token is not an answer to it. */
  readonly token: Signal<string>;
}

export const createPasted = (): Pasted => ({
  ...{ open: signal(false), text: signal(""), roles: signal<readonly Role[]>([]) },
  ...{ several: signal(false) },
  ...{ dropGaps: signal(false), decimal: signal(""), thousands: signal("") },
  ...{ heldOut: signal(0), token: signal("") },
});

/** The parts of all columns when one of them gets another; a target or row names that it replaces become features. */
export function withRole(
  columns: readonly Pick<DraftColumn, "role" | "words">[],
  at: number,
  role: Role,
  several: boolean,
): Role[] {
  const alone = (role === "target" && !several) || role === "names";
  return columns.map((column, index) => {
    if (index === at) return role;
    if (alone && column.role === role) return column.words ? "out" : "feature";
    return column.role;
  });
}
