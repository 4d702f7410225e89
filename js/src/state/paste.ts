/** A table that is pasted: the text, and what was chosen of its columns; kept while another tab is open. */

import { type Signal, signal } from "@preact/signals";
import type { Role } from "../kernel/contract";

export interface Pasted {
  readonly open: Signal<boolean>;
  readonly text: Signal<string>;
  /** One for each column; none: as the kernel reads the text by itself. */
  readonly roles: Signal<readonly Role[]>;
  readonly dropGaps: Signal<boolean>;
  readonly decimal: Signal<string>;
  readonly thousands: Signal<string>;
  readonly heldOut: Signal<number>;
  /** Of the last request: what comes back with another token is not an answer to it. */
  readonly token: Signal<string>;
}

export const createPasted = (): Pasted => ({
  ...{ open: signal(false), text: signal(""), roles: signal<readonly Role[]>([]) },
  ...{ dropGaps: signal(false), decimal: signal(""), thousands: signal("") },
  ...{ heldOut: signal(0), token: signal("") },
});
