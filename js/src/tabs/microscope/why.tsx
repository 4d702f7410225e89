/** Where a number comes from: the strip below the tensors, of a height that does not change. */

import { SCROLLS } from "../../parts/attributes";
import { taps } from "../../parts/finger";
import { Maths } from "../../parts/maths";
import { exact, short } from "../../state/digits";
import { numberAt, tensorOf } from "../../state/frame";
import type { View } from "../../state/view";
import { absence, entryName, meaning, origin, precisionNote } from "../../state/words";
import { say } from "../../text/say";
import { written } from "./formula";

const KEYS = [
  ["lr-minus", "minus"],
  ["lr-plus", "plus"],
  ["lr-key-now", "now"],
  ["lr-key-earlier", "earlier"],
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
  const entry = at ? entryName(scene.value, at) : "";
  const name = of?.cleared ? say("inside.before_zero", { name: entry }) : entry;
  const pieces = of ? written(of) : [];
  const text = result === null ? absence(tensor) : short(result);
  const words = at && (of ? meaning(scene.value, of) : origin(scene.value, at));
  return (
    <div class="lr-why" {...SCROLLS}>
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
            {words}{" "}
            <small>
              {of
                ? precisionNote(of, bits, view.run.mode.value === "trains")
                : value !== null && exact(value, bits)}
            </small>
          </p>
          <p class="lr-pin" aria-hidden="true">
            {say("inside.pin", { pinned: pinned.value !== null })}
          </p>
        </>
      ) : (
        <>
          <p>
            {say("inside.point", { article: scene.value.article, taps: taps() })}
            {!view.bar("set") && ` ${say("inside.set", { taps: taps() })}`}
          </p>
          <p class="lr-legend" aria-hidden="true">
            {KEYS.map(([look, mark]) => (
              <span key={look}>
                <i class={look} /> {say("inside.legend", { mark })}
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
