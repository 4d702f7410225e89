/** An entry of w or b under edit: a field in place of its number, of the same size. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { ByHand } from "../../kernel/contract";
import { TYPED } from "../../parts/attributes";
import { exact } from "../../state/digits";
import type { View } from "../../state/view";
import { readEntry } from "../../text/settings";

/** The model's own tensors: all others are computed. */
export const isEditable = (name: string): boolean => name === "w" || name === "b";

interface EditProps {
  readonly view: View;
  /** With the value that it has. */
  readonly entry: ByHand;
  readonly bits: number;
  readonly label: string;
  readonly close: () => void;
}

export function Edit({ view, entry, bits, label, close }: EditProps) {
  const field = useRef<HTMLInputElement>(null);
  // The number that was there when the edit began; a run may go on meanwhile.
  const first = useRef(exact(entry.value, bits));
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);
  /** Enter and Escape leave the focus on the cell; blur leaves it where it went. */
  const leave = () => {
    field.current?.closest("td")?.focus({ preventScroll: true });
    close();
  };
  const commit = (text: string) => {
    const value = readEntry(text);
    view.refuse(typeof value === "string" ? value : "", "entry");
    if (typeof value === "number") view.run.ask({ kind: "set", entries: [{ ...entry, value }] });
    leave();
  };
  return (
    <input
      ref={field}
      class="lr-edit"
      {...TYPED}
      aria-label={label}
      defaultValue={first.current}
      onBlur={close}
      onDblClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit(event.currentTarget.value);
        else if (event.key === "Escape") leave();
        else return;
        event.preventDefault();
      }}
    />
  );
}
