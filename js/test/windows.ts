/** Windows that show a kernel's model, on a clock that the test turns. */

import { afterEach, beforeEach, vi } from "vitest";
import type { Traits } from "../src/kernel/contract";
import { createRun, type Run } from "../src/kernel/run";
import { Kernel, type Message } from "./kernel";

const runs: Run[] = [];

/** Fake timers for each test of a file, and no run that outlives its test. */
export function useClock(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    for (const run of runs.splice(0)) run.dispose();
    vi.useRealTimers();
  });
}

/** A window that shows a kernel's model. */
export function open(kernel: Kernel): Run {
  const run = createRun(kernel);
  runs.push(run);
  return run;
}

/** A run long enough that no test reaches its end by chance, in slices as long as the real ones. */
export const start = (traits: Partial<Traits> = {}) => {
  const kernel = new Kernel({ epochs: 10_000, ...traits });
  kernel.latency = 50;
  return { kernel, run: open(kernel) };
};

export const advances = (kernel: Kernel) =>
  kernel.received.filter(({ kind }) => kind === "advance");

/** Watch how many advances each window has in flight, at each moment that it could change. */
export function watch(kernel: Kernel) {
  const flying = new Map<string, Set<number>>();
  let most = 0;
  const { send, emit } = kernel;
  kernel.send = (content) => {
    const { kind, client, id } = content as Message;
    if (kind === "advance") {
      const own = flying.get(client) ?? new Set();
      flying.set(client, own.add(id));
      most = Math.max(most, own.size);
    }
    send.call(kernel, content);
  };
  kernel.emit = (event, ...args) => {
    const [reply] = args as (Message | undefined)[];
    if (event === "msg:custom" && reply) flying.get(reply.client)?.delete(reply.id);
    emit.call(kernel, event, ...args);
  };
  return { now: () => [...flying.values()].map(({ size }) => size), most: () => most };
}
