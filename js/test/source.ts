/** The article's update as the kernel would send it: the text of model.py, coloured by a few expressions. */

import type { Source, Token } from "../src/kernel/contract";

const FIRST = 77;

const TEXT = [
  "def gradient_update(",
  "    model: LinearRegression, x: torch.Tensor, y: torch.Tensor, learning_rate: float",
  ") -> Generator[str, None, float]:",
  '    """Move w and b one step downhill on one batch.',
  "",
  "    Parameters",
  "    ----------",
  "    model : LinearRegression",
  "        Its ``w`` and ``b`` are changed in place.",
  "    x, y : torch.Tensor, shapes (n, d) and (n, t)",
  "        The features and the targets of one batch.",
  "    learning_rate : float",
  "        The length of the step, as a multiple of the gradient.",
  "",
  "    Yields",
  "    ------",
  "    str",
  '        The name of each phase when it is done; the last one, "zero", is done on return.',
  "",
  "    Returns",
  "    -------",
  "    float",
  "        The loss of the batch, before the step.",
  '    """',
  "    predictions = model(x)",
  '    yield "predict"',
  "    loss = mse_loss(predictions, y)",
  '    yield "loss"',
  "    loss.backward()  # fills w.grad and b.grad: how the loss changes as each number grows",
  '    yield "backward"',
  "    with torch.no_grad():  # the step itself is not differentiated",
  "        model.w -= model.w.grad * learning_rate",
  "        model.b -= model.b.grad * learning_rate",
  '    yield "update"',
  "    model.w.grad.zero_()  # backward() adds to what is there, so the next one needs a clean slate",
  "    model.b.grad.zero_()",
  "    return loss.item()",
];

const KINDS: readonly (readonly [string, RegExp])[] = [
  ["comment", /^#.*/],
  ["string", /^"[^"]*"/],
  ["keyword", /^(def|with|yield|return|for|in|if|else|not|and|or|None|True|False)\b/],
  ["builtin", /^(str|float|int|Generator)\b/],
  ["function", /^\w+(?=\()/],
  ["number", /^\d[\d.e]*/],
  ["", /^[\w.]+/],
  ["", /^\s+/],
  ["operator", /^[^\w\s"#]+/],
];

function tokens(line: string): Token[] {
  const found: Token[] = [];
  let rest = line;
  while (rest) {
    const [kind, text] = KINDS.map(
      ([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const,
    ).find(([, text]) => text) ?? ["", rest];
    found.push([kind, text ?? rest]);
    rest = rest.slice(text?.length ?? rest.length);
  }
  return found;
}

/** Made of a function's text: what a cell defines is shown the same way. */
export function sourceOf(
  name: string,
  text: readonly string[],
  first = 1,
  article = false,
): Source {
  const open = text.findIndex((line) => line.trim().startsWith('"""'));
  const one = (text[open]?.match(/"""/g)?.length ?? 0) > 1;
  const close = one ? open : text.findIndex((line, at) => at > open && line.includes('"""'));
  const docstring = (at: number) => open >= 0 && at >= open && at <= close;
  return {
    name,
    article,
    first,
    lines: text.map((line, at) => (docstring(at) ? [["string", line] as const] : tokens(line))),
    fold: open >= 0 && close > open ? [open, close] : null,
    yields: text.flatMap((line, at) => {
      const found = /^\s*yield "(.*)"$/.exec(line)?.[1];
      return found ? [{ line: at, name: found }] : [];
    }),
  };
}

export const SOURCE = sourceOf("gradient_update", TEXT, FIRST, true);

/** The index of the first line that holds some text. */
export const lineOf = (text: string): number => TEXT.findIndex((line) => line.includes(text));
