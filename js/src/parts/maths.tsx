/** A line of arithmetic as MathML: no font and no script from outside. */

const TOKENS = /\d+\/\d+|−?[\d∞][\d.,]*(?:e[-−]?\d+)?|NaN|….*more|\S/g;

/** One piece; browsers do not break a line inside of one <math>. */
export const Maths = ({ children: text }: { children: string }) => (
  <>
    <math>
      <mrow>{text.match(TOKENS)?.map(element)}</mrow>
    </math>{" "}
  </>
);

function element(token: string) {
  if (token.includes("/")) {
    const [above, below] = token.split("/");
    return (
      <mfrac>
        <mn>{above}</mn>
        <mn>{below}</mn>
      </mfrac>
    );
  }
  if (token.startsWith("…")) return <mtext>{token}</mtext>;
  if (/[\d∞N²]/.test(token)) return <mn>{token}</mn>;
  const space = "()".includes(token) ? "0" : token === "·" ? "0.15em" : "0.25em";
  return (
    // Preact would leave a plain `false` out.
    <mo stretchy={"false" as never} lspace={space} rspace={space}>
      {token}
    </mo>
  );
}
