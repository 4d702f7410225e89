/** Torch's random numbers: a seed draws the same w, b and order of rows as in PyTorch on a CPU (pure). */

const WORDS = 624;
const AHEAD = 397;
const BITS_24 = 0xffffff;
const f = Math.fround;

/** torch.Generator: mt19937 (Matsumoto and Nishimura, ACM Trans. Model. Comput. Simul. 8, 1998). */
export class Generator {
  readonly #state = new Int32Array(WORDS);
  #at = 0;
  /** The second number of a pair of normal ones. */
  #spare: number | null = null;

  /** Torch takes the low 32 bits of a seed. For few `draws` only a part of the state is needed. */
  manualSeed(seed: number, draws = WORDS): this {
    const state = this.#state;
    const words = Math.min(WORDS, draws + AHEAD);
    let word = seed | 0;
    state[0] = word;
    for (let i = 1; i < words; i += 1) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) | 0;
      state[i] = word;
    }
    this.#at = 0;
    this.#spare = null;
    return this;
  }

  /** 32 random bits. */
  next(): number {
    const state = this.#state;
    const at = this.#at;
    const after = at + 1 < WORDS ? at + 1 : 0;
    const far = at + AHEAD < WORDS ? at + AHEAD : at + AHEAD - WORDS;
    const mixed = ((state[at] as number) & 0x80000000) | ((state[after] as number) & 0x7fffffff);
    let word = (state[far] as number) ^ (mixed >>> 1) ^ (-(mixed & 1) & 0x9908b0df);
    state[at] = word;
    this.#at = after;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** The low 32 bits of `random_()`, an int64: all that matters of a seed. */
  int64(): number {
    this.next();
    return this.next();
  }

  /** Normal numbers: `torch.randn(size)`. */
  randn(size: number): Float32Array {
    const numbers = new Float32Array(size);
    if (size < 16) return numbers.map(() => this.#normal());
    for (let i = 0; i < size; i += 1) numbers[i] = this.#uniform24();
    for (let start = 0; start + 16 <= size; start += 16) toNormal(numbers.subarray(start));
    if (size % 16) {
      const last = numbers.subarray(size - 16);
      for (let i = 0; i < 16; i += 1) last[i] = this.#uniform24();
      toNormal(last);
    }
    return numbers;
  }

  /** A random order of 0 … order.length − 1: `torch.randperm`. */
  randperm(order: Int32Array): void {
    const n = order.length;
    for (let i = 0; i < n; i += 1) order[i] = i;
    for (let i = 0; i + 1 < n; i += 1) {
      const other = i + (this.next() % (n - i));
      const here = order[i] as number;
      order[i] = order[other] as number;
      order[other] = here;
    }
  }

  #uniform24(): number {
    return (this.next() & BITS_24) / 2 ** 24;
  }

  #uniform53(): number {
    const high = this.next() & 0x1fffff;
    return (high * 2 ** 32 + this.next()) / 2 ** 53;
  }

  /** Box and Muller's method, in float64: two uniform numbers make two normal ones. */
  #normal(): number {
    const kept = this.#spare;
    if (kept !== null) {
      this.#spare = null;
      return kept;
    }
    const angle = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** The same for sixteen numbers in float32, where the first eight and the last eight make pairs. */
function toNormal(block: Float32Array): void {
  for (let i = 0; i < 8; i += 1) {
    const radius = f(Math.sqrt(f(-2 * log(f(1 - (block[i] as number))))));
    const angle = f(f(2 * Math.PI) * (block[i + 8] as number));
    block[i] = radius * sine(angle, 2);
    block[i + 8] = radius * sine(angle, 0);
  }
}

/** A polynomial by Horner's rule, the highest power first; a product and a sum are rounded as one. */
const polynomial = (x: number, ...factors: number[]): number =>
  factors.reduce((sum, factor) => f(sum * x + f(factor)), 0);

/** The logarithm, of a number from 2⁻²⁴ to 1. This and the next are Cephes', with torch's roundings. */
function log(of: number): number {
  let power = Math.floor(Math.log2(of)) + 1;
  let x = of / 2 ** power;
  if (x < Math.SQRT1_2) {
    power -= 1;
    x *= 2;
  }
  x = f(x - 1);
  const square = f(x * x);
  let y = polynomial(
    x,
    ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1],
    ...[-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, 0],
  );
  y = f(y * square + f(power * f(-2.1219444e-4)));
  y = f(y - square / 2);
  return f(f(x + y) + power * 0.693359375);
}

/** The sine of an angle from 0 to 2π; two eighths of a turn on, the cosine. */
function sine(angle: number, eighths: 0 | 2): number {
  const octant = (f(angle * f(4 / Math.PI)) + 1) & ~1;
  let x = angle;
  for (const part of [0.78515625, 2.4187564849853516e-4, 3.774894977445941e-8])
    x = f(x - octant * f(part));
  const z = f(x * x);
  const turn = octant + eighths;
  let y: number;
  if (turn & 2) {
    y = polynomial(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, 0);
    y = f(f(y * z - z / 2) + 1);
  } else {
    y = polynomial(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1, 0);
    y = f(y * x + x);
  }
  return turn & 4 ? -y : y;
}
