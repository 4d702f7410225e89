/** A small real gradient descent on the crop data, so that what the panel shows in tests is true. */

import { INPUTS, TARGETS } from "./crops";

export const PHASES = ["predict", "loss", "backward", "update"] as const;
export const BATCH = 3;
export const BATCHES = INPUTS.length / BATCH;

export interface Weights {
  readonly w: readonly (readonly number[])[];
  readonly b: readonly number[];
}

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function firstWeights(seed: number): Weights {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const row = (n: number) => Array.from({ length: n }, normal).map(Math.fround);
  return { w: [row(3), row(3)], b: row(2) };
}

/** The rows of an update, counted from 0: each epoch in another order. */
export function rowsOf(update: number, seed: number): number[] {
  const next = random(1000 * seed + Math.floor(update / BATCHES) + 1);
  const order = INPUTS.map((_, row) => ({ row, key: next() })).sort((p, q) => p.key - q.key);
  const first = (update % BATCHES) * BATCH;
  return order.slice(first, first + BATCH).map(({ row }) => row);
}

const errorsOf = ({ w, b }: Weights, row: number) =>
  w.map((weights, target) => {
    const inputs = INPUTS[row] ?? [];
    const sum = weights.reduce((total, weight, k) => total + weight * (inputs[k] ?? 0), 0);
    return sum + (b[target] ?? 0) - (TARGETS[row]?.[target] ?? 0);
  });

export function lossOf(weights: Weights, rows: readonly number[]): number {
  const squares = rows.flatMap((row) => errorsOf(weights, row).map((error) => error * error));
  return squares.reduce((total, square) => total + square, 0) / squares.length;
}

export const fullLoss = (weights: Weights): number => lossOf(weights, [...INPUTS.keys()]);

/** All that one update computes, each number rounded to float32 as torch would keep it. */
export interface Pass {
  readonly predictions: readonly (readonly number[])[];
  readonly loss: number;
  readonly wGrad: readonly (readonly number[])[];
  readonly bGrad: readonly number[];
  readonly after: Weights;
}

export function pass(weights: Weights, rows: readonly number[], rate: number): Pass {
  const { w, b } = weights;
  const y = (row: number, target: number) => TARGETS[row]?.[target] ?? 0;
  const predictions = rows.map((row) =>
    errorsOf(weights, row).map((error, target) => Math.fround(error + y(row, target))),
  );
  const errors = rows.map((row, i) => b.map((_, k) => (predictions[i]?.[k] ?? 0) - y(row, k)));
  const squares = errors.flat().map((error) => error * error);
  const scale = 2 / squares.length;
  const gradient = (target: number, input: (row: number) => number) =>
    Math.fround(
      scale * rows.reduce((sum, row, i) => sum + (errors[i]?.[target] ?? 0) * input(row), 0),
    );
  const wGrad = w.map((line, target) =>
    line.map((_, k) => gradient(target, (row) => INPUTS[row]?.[k] ?? 0)),
  );
  const bGrad = b.map((_, target) => gradient(target, () => 1));
  const down = (from: number, slope = 0) => Math.fround(from - Math.fround(slope * rate));
  return {
    predictions,
    loss: Math.fround(squares.reduce((sum, square) => sum + square, 0) / squares.length),
    wGrad,
    bGrad,
    after: {
      w: w.map((line, target) => line.map((weight, k) => down(weight, wGrad[target]?.[k]))),
      b: b.map((bias, target) => down(bias, bGrad[target])),
    },
  };
}

export const updated = (weights: Weights, rows: readonly number[], rate: number): Weights =>
  pass(weights, rows, rate).after;
