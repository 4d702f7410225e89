/** The rows of a batch, worked out from a frame (pure). */

import { type Frame, numberAt, tensorOf } from "../../state/frame";

export interface BatchRow {
  /** Its place in the batch. */
  readonly row: number;
  readonly inputs: readonly number[];
  readonly target: number;
  /** As the frame has it; before the phase that predicts, what it will be. */
  readonly prediction: number;
  readonly residual: number;
}

/** One target's numbers of each row of the batch; none where the frame does not show all of them. */
export function batchOf(frame: Frame, target: number): BatchRow[] {
  const [x, y, w, b] = ["x", "y", "w", "b"].map((name) => tensorOf(frame, name));
  if (!x || !y || !w || !b || x.rows === 0) return [];
  const known = tensorOf(frame, "predictions");
  // After the step w and b are new, and the predictions those of the old ones.
  const old = w.changed !== "";
  const weight = (at: number) => numberAt(w, target, at, old && w.old !== null) ?? 0;
  const bias = numberAt(b, 0, target, old && b.old !== null) ?? 0;
  return Array.from({ length: x.rows }, (_, row) => {
    const inputs = Array.from({ length: x.columns }, (_, at) => numberAt(x, row, at) ?? 0);
    const goal = numberAt(y, row, target) ?? Number.NaN;
    const prediction =
      (known && numberAt(known, row, target)) ??
      inputs.reduce((sum, input, at) => sum + weight(at) * input, bias);
    return { row, inputs, target: goal, prediction, residual: prediction - goal };
  });
}

/** One target's row of w.grad, as the batch's rows make it up. */
export const gradients = (rows: readonly BatchRow[], targets: number): number[] =>
  (rows[0]?.inputs ?? []).map(
    (_, at) =>
      (2 / (rows.length * targets)) *
      rows.reduce((sum, { residual, inputs }) => sum + residual * (inputs[at] ?? 0), 0),
  );
