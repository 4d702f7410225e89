/** Sliders whose positions are a list of good values, evenly spaced whatever the values are. */

/** The values at positions 0, 1, 2, ..., ascending; the last may be infinity ("full"). */
export type Scale = readonly number[];

const TENTHS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8] as const;

/** Rounds off what binary fractions add: 3 * 10 ** -7 is 3e-7. */
const decimal = (mantissa: number, exponent: number) => Number(`${mantissa}e${exponent}`);

function decades(from: number, to: number, mantissas: readonly number[]): number[] {
  const values: number[] = [];
  for (let exponent = from; exponent < to; exponent += 1) {
    for (const mantissa of mantissas) values.push(decimal(mantissa, exponent));
  }
  values.push(decimal(1, to));
  return values;
}

const floorLog = (x: number) => Math.floor(Math.log10(x) + 1e-9);
const ceilLog = (x: number) => Math.ceil(Math.log10(x) - 1e-9);

/** Whole decades around the largest stable rate (0: unknown) that hold the present rate. */
export function rateScale(limit: number, present: number): Scale {
  const known = limit > 0 && Number.isFinite(limit);
  const middle = known ? limit : present;
  const low = Math.min(floorLog(middle * (known ? 1e-5 : 1e-4)), floorLog(present));
  const high = Math.max(ceilLog(middle * (known ? 20 : 1e4)), ceilLog(present));
  return decades(Math.max(low, -307), Math.min(high, 308), TENTHS);
}

/** 1 to 10,000 epochs, or to the decade that holds more. */
export function epochScale(present: number): Scale {
  const high = Math.max(4, ceilLog(present));
  return decades(0, high, TENTHS).filter((value) => Number.isInteger(value));
}

/** Updates a second: to be watched (0), from one to a thousand, and as fast as the kernel can. */
export const SPEEDS: Scale = [0, ...decades(0, 3, [1, 2, 5]), Number.POSITIVE_INFINITY];

/** Where a value stands, 0 to scale.length - 1, between two positions by its logarithm. */
export function positionOf(scale: Scale, value: number): number {
  const above = scale.findIndex((candidate) => candidate >= value);
  if (above === 0) return 0;
  if (above < 0) return scale.length - 1;
  const high = scale[above] as number;
  const low = scale[above - 1] as number;
  if (high === value) return above;
  if (!Number.isFinite(high) || low === 0) return above - 0.5;
  return above - 1 + Math.log(value / low) / Math.log(high / low);
}

/** The good value nearest to a position. */
export function valueAt(scale: Scale, position: number): number {
  const index = Math.min(scale.length - 1, Math.max(0, Math.round(position)));
  return scale[index] as number;
}

/** The next good value, `by` positions on; from between two, the first step reaches a neighbour. */
export function stepped(scale: Scale, value: number, by: number): number {
  const position = positionOf(scale, value);
  return valueAt(
    scale,
    by > 0 ? Math.floor(position + 1e-9) + by : Math.ceil(position - 1e-9) + by,
  );
}

/** How a rate stands to the largest stable one. Words for colours, so that colour is never alone. */
type Zone = "slow" | "good" | "risky" | "divergent";

/**
 * The zones and the rate where each ends; none where the limit is unknown.
 *
 * Above the limit the full data's loss grows. Above `worst` (0: unknown) some single batch is thrown further
 * away: that may still end well, since the other batches bring it back.
 */
export function zones(limit: number, worst: number): readonly (readonly [Zone, number])[] {
  if (!(limit > 0)) return [];
  const good = Math.min(worst > 0 ? worst : limit, 0.9 * limit);
  return [
    ["slow", Math.min(0.03 * limit, 0.3 * good)],
    ["good", good],
    ["risky", limit],
    ["divergent", Number.POSITIVE_INFINITY],
  ];
}

export const zoneOf = (rate: number, limit: number, worst: number): Zone | null =>
  zones(limit, worst).find(([, end]) => rate <= end)?.[0] ?? null;
