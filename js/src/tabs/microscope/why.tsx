/** Where a number comes from: the strip below the tensors, of a height that does not change. */

import { Maths } from "../../parts/maths";
import { exact, short } from "../../state/digits";
import { numberAt, tensorOf } from "../../state/frame";
import type { View } from "../../state/view";
import { absence, entryName, meaning, origin, precision } from "../../state/words";
import { written } from "./formula";

const KEYS = [
  ["lr-minus", "negative"],
  ["lr-plus", "positive"],
  ["lr-key-now", "just changed"],
  ["lr-key-earlier", "changed before"],
] as const;

export function Why({ view }: { view: View }) {
  const { pointed, pinned, focused, explanation, scene } = view.micro;
  const { words: refused, where } = view.refusal.value;
  const at = pointed.value;
  const of = explanation.value;
  const tensor = at && tensorOf(scene.value.frame, at.tensor);
  const value = tensor ? numberAt(tensor, at.row, at.column) : null;
  const bits = tensor?.bits ?? 64;
  const result = of?.of.value ?? value;
  const name = at ? entryName(scene.value, at) + (of?.cleared ? " before zero_()" : "") : "";
  const pieces = of ? written(of) : [];
  const text = result === null ? absence(tensor) : short(result);
  const words = at && (of ? meaning(scene.value, of) : origin(scene.value, at));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
    <div class="lr-why" tabIndex={0} data-keys="own">
      {refused && where === "entry" && (
        <p class="lr-refused" aria-hidden="true">
          {refused}
        </p>
      )}
      {at ? (
        <>
          <div class="lr-formula" aria-hidden="true">
            <b>{name}</b>{" "}
            {[...pieces, ""].map((piece, index) => (
              <Maths key={index}>{(index > 0 ? "" : "= ") + piece}</Maths>
            ))}
            <b>{(of ? "= " : "") + text}</b>
          </div>
          <p>
            {words} <small>{of ? precision(of, bits) : value !== null && exact(value, bits)}</small>
          </p>
          <p class="lr-pin" aria-hidden="true">
            {pinned.value
              ? "Pinned: click it again to let it go."
              : "Click the number to pin this."}
          </p>
        </>
      ) : (
        <>
          <p>
            Point at a number to see{" "}
            {scene.value.article ? "where it comes from" : "all its digits"}.
            {!view.bar("set") && " Double-click one of w or b to set it by hand."}
          </p>
          <p class="lr-legend" aria-hidden="true">
            {KEYS.map(([mark, words]) => (
              <span key={mark}>
                <i class={mark} /> {words}
              </span>
            ))}
          </p>
        </>
      )}
      {/* For the cell that has the focus: it is described by these words. */}
      <div class="lr-spoken" id={`${view.id}-why`}>
        {at && at === focused.value && `${name} = ${[...pieces, text].join(" ")}. ${words}`}
      </div>
    </div>
  );
}
