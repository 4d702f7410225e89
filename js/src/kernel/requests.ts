/** Requests to the kernel, and which of them it has not answered. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Reply, Request, Traits } from "./contract";
import type { Model } from "./model";

/** Without an answer for this long the page says that it waits. Milliseconds, as all times here. */
export const QUIET = 500;
/** Without an answer for this long the page takes a request for lost. */
export const LOST = 5_000;

/** How long the kernel has owed an answer. */
export type Waiting = "no" | "a while" | "long";

/** Requests that nobody has pressed a button for: the page does not say that it waits for them. */
const UNASKED: ReadonlySet<Request["kind"]> = new Set(["hello", "tape", "look"]);

/** `traits`: those that were set since the last request, to be set before what is asked for is done. */
export type Asked = Request & { readonly traits?: Partial<Traits> };

interface Sent {
  readonly request: Asked;
  readonly at: number;
}

/** Whether somebody has pressed or set something, and waits for what comes of it. */
const isAct = ({ kind, traits }: Asked): boolean =>
  traits !== undefined || !(UNASKED.has(kind) || kind === "advance");

export interface Requests {
  readonly waiting: ReadonlySignal<Waiting>;
  /** What somebody has asked for and has no answer yet, in order; the same list while that is the same. */
  readonly pending: ReadonlySignal<readonly Asked[]>;
  send(request: Asked): void;
  /** How many of a kind have no answer yet. */
  open(kind: Request["kind"]): number;
  /** Give up what has no answer: one that comes late answers nothing. */
  forget(): void;
  dispose(): void;
}

/** crypto.randomUUID would do, but a page on plain http has none. */
const randomId = () => Math.random().toString(36).slice(2) + Date.now().toString(36);

interface Listener {
  /** Told the kind of each request of this page that was answered (or given up). */
  answered(kind: Request["kind"], more: boolean): void;
  /** Told whether a request could be sent. */
  sent(arrives: boolean): void;
}

export function createRequests(model: Model, listener: Listener): Requests {
  const client = randomId();
  const sent = new Map<number, Sent>();
  const waiting = signal<Waiting>("no");
  const pending = signal<readonly Asked[]>([]);
  let lastId = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const look = () => {
    clearTimeout(timer);
    const now = performance.now();
    const all = [...sent.values()];
    const asked = all
      .filter(({ request, at }) => isAct(request) && now - at < LOST)
      .map(({ request }) => request);
    const old = pending.peek();
    if (asked.length !== old.length || asked.some((one, k) => one !== old[k]))
      pending.value = asked;
    const oldest = all.find(({ request }) => !UNASKED.has(request.kind));
    const age = oldest ? now - oldest.at : 0;
    waiting.value = age >= LOST ? "long" : age >= QUIET ? "a while" : "no";
    const next = all.flatMap(({ at }) => [at + QUIET, at + LOST]).filter((time) => time > now);
    if (next.length > 0) timer = setTimeout(look, Math.min(...next) - now);
  };

  const onMessage = (message: Partial<Reply> | undefined) => {
    // Answers reach every window that shows this model: only our own count.
    if (message?.kind !== "done" || message.client !== client) return;
    const id = Number(message.id);
    const request = sent.get(id)?.request;
    if (!request) return;
    sent.delete(id);
    // A connection that was down swallows requests. The kernel answers in order (almost: it may use two
    // threads), so what is older than this answer and overdue will not be answered any more.
    const overdue = performance.now() - LOST;
    const settled = new Set([request.kind]);
    for (const [other, { request: late, at }] of sent) {
      if (other < id && at < overdue) {
        sent.delete(other);
        settled.add(late.kind);
      }
    }
    look();
    for (const kind of settled)
      listener.answered(kind, kind === request.kind && message.more === true);
  };
  model.on("msg:custom", onMessage);

  return {
    waiting,
    pending,
    send(request) {
      lastId += 1;
      sent.set(lastId, { request, at: performance.now() });
      look();
      let arrives = true;
      try {
        model.send({ ...request, client, id: lastId });
      } catch {
        arrives = false; // the connection is closed
      }
      listener.sent(arrives);
    },
    open: (kind) => [...sent.values()].filter(({ request }) => request.kind === kind).length,
    forget() {
      sent.clear();
      look();
    },
    dispose() {
      clearTimeout(timer);
      model.off("msg:custom", onMessage);
    },
  };
}
