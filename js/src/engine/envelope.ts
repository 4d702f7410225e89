/** A long series in a few columns: the least, the largest and the mean of each stretch; see envelope.py (pure). */

/** New values are read once; when the columns run out, neighbours are merged and the stride doubles. */
export function createEnvelope(columns: number) {
  let known = Number.NaN;
  let count = 0;
  let stride = 1;
  const low = new Float64Array(columns);
  const high = new Float64Array(columns);
  const sum = new Float64Array(columns);
  const finite = new Int32Array(columns);
  const bad = new Int32Array(columns);
  const all = [low, high, sum, finite, bad];
  const clear = (from: number) =>
    all.forEach((numbers, k) => {
      numbers.fill([Infinity, -Infinity][k] ?? 0, from);
    });
  const merge = () => {
    for (let i = 0; 2 * i < columns; i += 1)
      all.forEach((numbers, k) => {
        const [one, other] = [numbers[2 * i] as number, numbers[2 * i + 1] as number];
        numbers[i] = k > 1 ? one + other : Math[k ? "max" : "min"](one, other);
      });
    stride *= 2;
    clear(columns / 2);
  };

  return {
    /** Take the whole series as it is now; another version: earlier values were replaced. */
    update(values: ArrayLike<number>, version: number): void {
      if (version !== known || values.length < count) {
        [known, count, stride] = [version, 0, 1];
        clear(0);
      }
      for (; count < values.length; count += 1) {
        if (count === columns * stride) merge();
        const i = Math.floor(count / stride);
        const value = values[count] as number;
        if (Number.isFinite(value)) {
          low[i] = Math.min(low[i] as number, value);
          high[i] = Math.max(high[i] as number, value);
          sum[i] = (sum[i] as number) + value;
          finite[i] = (finite[i] as number) + 1;
        } else bad[i] = (bad[i] as number) + 1;
      }
    },
    /** The columns in use. `end`: the number, from 1, of a column's last value; NaN: it has no finite one. */
    columns: () =>
      Array.from({ length: Math.ceil(count / stride) }, (_, i) => {
        const none = finite[i] ? 0 : Number.NaN;
        return {
          end: Math.min((i + 1) * stride, count),
          low: (low[i] as number) + none,
          high: bad[i] ? Infinity : (high[i] as number) + none,
          mean: (sum[i] as number) / (finite[i] as number),
        };
      }),
  };
}
