/** A tape as panel/tape.py writes it, of a run of 20 updates. */

const BATCHES = 5;
const PHASES = ["predict", "loss", "backward"];

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A record of a tape as panel/tape.py writes it, with all words new. */
export function recordOf(
  update: number,
  phases: number,
  start: { values: number; pieces: number },
) {
  const values = {
    status: update === 20 ? "finished" : update || phases ? "paused" : "ready",
    update,
    _phase: PHASES[phases - 1] ?? "",
    _epoch: Math.floor(update / BATCHES),
    _batch: update % BATCHES,
    "_frame.phases": PHASES.slice(0, phases),
    "_frame.sentence": `at ${update}, ${phases}`,
  };
  const piece = new Uint8Array(new Float64Array([update, Number.NaN, phases]).buffer);
  const row: Record<string, unknown> = { _losses: [start.pieces] };
  Object.keys(values).forEach((name, index) => {
    row[name] = start.values + index;
  });
  start.values += Object.keys(values).length;
  start.pieces += 1;
  const words = new TextEncoder().encode(
    JSON.stringify({ new: Object.values(values), sizes: [piece.length], row }),
  );
  const length = new Uint8Array(new Uint32Array([words.length]).buffer);
  return joined([length, words, piece]);
}

/** Updates 0 to 20, all phases of the first two, none of the updates 11 to 14; here is first. */
export function recordsOf(here = 20): Uint8Array<ArrayBuffer> {
  const at = { values: 0, pieces: 0 };
  const places = [[here, 0]];
  for (let update = 0; update <= 20; update += 1) {
    if (update !== here && (update <= 10 || update >= 15)) places.push([update, 0]);
    if (update < 2) for (const phases of [1, 2, 3]) places.push([update, phases]);
  }
  return joined(places.map(([update = 0, phases = 0]) => recordOf(update, phases, at)));
}

async function deflated(data: Uint8Array<ArrayBuffer>): Promise<DataView> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
}
/** That tape, as the kernel sends it. */
export const packed = await deflated(recordsOf());
