/** An explanation as a line of text, in the pieces between which it may break. */

import type { Explanation, Form } from "../../state/arithmetic";
import { short } from "../../state/digits";
import { rate } from "../../text/format";

/** More terms than this are folded: the first two and the last stay. */
const FEW = 8;

/** A negative number stands in brackets. */
const num = (x: number) => (x < 0 ? `(${short(x)})` : short(x));

const TERMS: Record<Form, (a: number, b: number, c: number) => string> = {
  product: (a, b) => `${num(a)}·${num(b)}`,
  square: (a, b) => `(${short(a)} − ${num(b)})²`,
  weighted: (a, b, c) => `${num(a - b)}·${num(c)}`,
  error: (a, b) => num(a - b),
  step: (a, b) => `${rate(a)}·${num(b)}`,
};

/** "2/6·(−61.2·67", "+ 43.5·88", "+ 12.1·134)": without the name before and the result behind. */
export function written({ form, factor, terms, plus, missing }: Explanation): string[] {
  const texts = terms.map(({ parts: [a, b, c] }) =>
    TERMS[form](a?.value ?? 0, b?.value ?? 0, c?.value ?? 0),
  );
  const whole = texts.length + missing;
  if (whole > FEW || missing > 0) {
    const last = missing > 0 ? [] : texts.slice(-1);
    texts.splice(2, whole, `… ${whole - Math.min(2, terms.length) - last.length} more`, ...last);
  }
  const added = plus ? num(plus.value) : "";
  if (form === "step") return [bare(added), `− ${texts[0]}`];
  const sum = texts.map((text, index) => (index > 0 ? `+ ${text}` : bare(text)));
  if (factor[1] > 1) {
    sum[0] = `${factor.join("/")}·(${sum[0]}`;
    sum.push(`${sum.pop()})`);
  }
  return plus ? [...sum, `+ ${added}`] : sum;
}

/** The first number of a sum needs no brackets. */
const bare = (text: string) => text.replace(/^\((−[^ ()]+)\)/, "$1");
