/** Axes: their ticks, and a range that stays while what it shows moves (pure). */

export type Range = readonly [low: number, high: number];

/** About so many round numbers within a range: 1, 2 or 5 times a power of ten apart. */
export function ticksOf([low, high]: Range, about: number): number[] {
  const length = high - low;
  const power = 10 ** Math.floor(Math.log10(length / about));
  const times = [1, 2, 5].find((each) => each * power * (about + 0.01) >= length) ?? 10;
  const step = times * power;
  const first = Math.ceil(low / step);
  return Array.from(
    { length: Math.floor(high / step - first + 1) || 0 },
    (_, k) => Number(((first + k) * step).toPrecision(12)) || 0,
  );
}

/** The least and the largest of the finite numbers, apart from each other. */
export function rangeOf(numbers: readonly number[]): Range {
  const finite = numbers.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const least = Math.min(...finite);
  const largest = Math.max(...finite);
  const room = least === largest ? Math.abs(least) / 2 || 1 : 0;
  return [least - room, largest + room];
}

export const widened = ([low, high]: Range, share: number): Range => {
  const room = share * (high - low);
  return [low - room, high + room];
};

/** How much of its own length a range may grow at either side, in steps. */
const GROWTH = [0, 0.25, 0.5, 1, 2, 3] as const;

/** A range, grown in steps until it holds others with some room, as far as it may: so it seldom moves. */
export function grown([low, high]: Range, others: readonly number[]): Range {
  const length = high - low;
  const [least, largest] = rangeOf([
    low,
    high,
    ...others.flatMap((y) => [y - length / 20, y + length / 20]),
  ]);
  const enough = (missing: number) =>
    length * (GROWTH.find((times) => times * length >= missing) ?? 3);
  return [low - enough(low - least), high + enough(largest - high)];
}

/** Where a number lies on so many pixels, near enough for a picture that is cut off at its edges. */
export function pixelOf([low, high]: Range, pixels: number, value: number): number {
  const at = ((value - low) / (high - low)) * pixels;
  return Math.min(1e4, Math.max(-1e4, at));
}
