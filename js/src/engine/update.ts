/**
 * The lesson, as in model.py: a model, a loss and one gradient update, number by number (pure).
 *
 *     n  rows in the batch        d  features        t  targets
 *
 * As in torch, each result has 32 bits: a Float32Array rounds what is put into it, and `f` the rest. A sum is
 * made in 64 bits and rounded once, since torch adds in an order that depends on the processor. Nothing is
 * allocated in an update.
 */

const f = Math.fround;

/** The model `x @ w.t() + b`. */
export interface Model {
  /** Weights, (t, d). */
  readonly w: Float32Array;
  /** Biases, (t,). */
  readonly b: Float32Array;
}

/** Rows, as the model sees them. */
export interface Rows {
  /** Features, (n, d). */
  readonly inputs: Float32Array;
  /** (n, t). */
  readonly targets: Float32Array;
}

/** Methods of GradientUpdate; the last one ends the update. */
export const PHASES = ["predict", "loss", "backward", "update", "zero"] as const;
export type Phase = (typeof PHASES)[number];

/** The names of the finished phases that an update still under way may have: the last one ends it. */
export const phasesOf = (done: number): readonly Phase[] => PHASES.slice(0, -1).slice(0, done);

/** Predict the targets of the first `n` rows of `x`: (n, d) -> (n, t). */
export function predict({ w, b }: Model, x: Float32Array, n: number, predictions: Float32Array) {
  const t = b.length;
  const d = w.length / t;
  for (let row = 0; row < n; row += 1)
    for (let k = 0; k < t; k += 1) {
      let sum = 0;
      for (let j = 0; j < d; j += 1) sum += (x[row * d + j] as number) * (w[k * d + j] as number);
      predictions[row * t + k] = f(sum) + (b[k] as number);
    }
}

/** The mean of the squared differences of the first `size` numbers. */
export function mseLoss(predictions: Float32Array, targets: Float32Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) {
    const difference = f((predictions[i] as number) - (targets[i] as number));
    sum += f(difference * difference);
  }
  return f(f(sum) / size);
}

/** Updates of a model: each phase by itself, or all of them. */
export class GradientUpdate {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly predictions: Float32Array;
  readonly wGrad: Float32Array;
  readonly bGrad: Float32Array;
  /** How the loss changes as each prediction grows, (n, t). */
  readonly #pulls: Float32Array;
  /** Rows in the batch. */
  n = 0;
  /** The loss, once it is known. */
  mse = Number.NaN;

  constructor(
    readonly model: Model,
    /** Rows in the largest batch. */
    readonly most: number,
  ) {
    const t = model.b.length;
    this.x = new Float32Array((most * model.w.length) / t);
    this.y = new Float32Array(most * t);
    this.predictions = new Float32Array(most * t);
    this.#pulls = new Float32Array(most * t);
    this.wGrad = new Float32Array(model.w.length);
    this.bGrad = new Float32Array(t);
  }

  /** Let the rows order[from] to order[to − 1] be the batch. */
  take({ inputs, targets }: Rows, order: Int32Array, from: number, to: number): void {
    const { x, y, model } = this;
    const t = model.b.length;
    const d = model.w.length / t;
    this.n = to - from;
    for (let row = 0; row < this.n; row += 1) {
      const of = order[from + row] as number;
      for (let j = 0; j < d; j += 1) x[row * d + j] = inputs[of * d + j] as number;
      for (let k = 0; k < t; k += 1) y[row * t + k] = targets[of * t + k] as number;
    }
  }

  /** Make all phases, and return the loss. */
  run(rate: number): number {
    this.predict();
    this.loss();
    this.backward();
    this.update(rate);
    this.zero();
    return this.mse;
  }

  predict(): void {
    predict(this.model, this.x, this.n, this.predictions);
  }

  loss(): void {
    this.mse = mseLoss(this.predictions, this.y, this.n * this.bGrad.length);
  }

  /** How the loss changes as each number of w and b grows: the chain rule, from the loss back. */
  backward(): void {
    const { x, y, predictions, wGrad, bGrad, n } = this;
    const pulls = this.#pulls;
    const t = bGrad.length;
    const d = wGrad.length / t;
    const share = f(1 / (n * t));
    for (let k = 0; k < t; k += 1) {
      let sum = 0;
      for (let i = k; i < n * t; i += t) {
        const difference = f((predictions[i] as number) - (y[i] as number));
        const pull = 2 * f(share * difference);
        pulls[i] = pull;
        sum += pull;
      }
      bGrad[k] = (bGrad[k] as number) + f(sum);
    }
    for (let k = 0; k < t; k += 1)
      for (let j = 0; j < d; j += 1) {
        let sum = 0;
        for (let row = 0; row < n; row += 1)
          sum += (pulls[row * t + k] as number) * (x[row * d + j] as number);
        wGrad[k * d + j] = (wGrad[k * d + j] as number) + f(sum);
      }
  }

  /** The step itself. */
  update(rate: number): void {
    descend(this.model.w, this.wGrad, f(rate));
    descend(this.model.b, this.bGrad, f(rate));
  }

  /** backward() adds to what is there, so the next one needs a clean slate. */
  zero(): void {
    clear(this.wGrad);
    clear(this.bGrad);
  }
}

/** `parameter -= gradient * rate` */
function descend(parameter: Float32Array, gradient: Float32Array, rate: number): void {
  for (let i = 0; i < parameter.length; i += 1)
    parameter[i] = (parameter[i] as number) - f((gradient[i] as number) * rate);
}

/** As `fill(0)`, which takes longer for a few numbers. */
function clear(gradient: Float32Array): void {
  for (let i = 0; i < gradient.length; i += 1) gradient[i] = 0;
}
