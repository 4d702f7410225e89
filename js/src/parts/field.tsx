/** A number to type: Enter and blur set it, Escape leaves it; what is not a number is refused in words. */

import { useSignal } from "@preact/signals";
import type { Control } from "../kernel/contract";
import { type View, whyLocked } from "../state/view";
import { say } from "../text/say";
import { barredBy, TYPED } from "./attributes";

export interface FieldProps {
  readonly view: View;
  /** What it sets; the field's accessible name is its label and "value". */
  readonly control: Control;
  readonly value: number;
  readonly show: (value: number) => string;
  /** The number that was typed, or a sentence that says why it is not one. */
  readonly read: (text: string) => number | string;
  readonly set: (value: number) => void;
  readonly describedBy: string;
  /** It can be set without a kernel. */
  readonly own?: boolean;
}

/** As many characters as a field has room for; it grows with more. */
const ROOM = 9;

export function Field({ view, control, value, show, read, set, describedBy, own }: FieldProps) {
  const bar = view.bar(control, own);
  const typing = useSignal<string | null>(null);
  const refused = useSignal(false);
  const text = typing.value ?? show(value);
  const refuse = () => bar && view.refuse(bar === whyLocked() ? `${bar}.` : bar, control);
  const commit = () => {
    const words = typing.value;
    if (words === null) return;
    const result = read(words);
    typing.value = null;
    refused.value = typeof result === "string";
    view.refuse(typeof result === "string" ? result : "", control);
    if (typeof result === "number") set(result);
  };
  return (
    <input
      class="lr-field"
      {...TYPED}
      aria-label={say("knobs.value", { label: say("controls.label", { control }) })}
      aria-describedby={describedBy}
      aria-invalid={refused.value && view.refusal.value.words ? "true" : undefined}
      {...barredBy(bar)}
      readOnly={bar !== undefined}
      value={text}
      style={text.length > ROOM ? `min-width:${text.length + 3}ch` : ""}
      onClick={refuse}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => {
        typing.value = event.currentTarget.value;
      }}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          refuse();
          commit();
          event.currentTarget.select();
        } else if (event.key === "Escape") {
          typing.value = null;
          view.refuse("");
        }
      }}
    />
  );
}
