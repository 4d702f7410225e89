/** Where the run stands, in one sentence. */

import type { Explained, Status, StepBy } from "../kernel/contract";
import { count, counted, measured, rate } from "../text/format";
import type { Control } from "./lesson";

export interface Standing {
  readonly status: Status;
  /** Completed updates. */
  readonly update: number;
  readonly total: number;
  /** Last finished phase of the update under way; "" between two updates. */
  readonly phase: string;
  /** Completed epochs. */
  readonly epoch: number;
  readonly epochs: number;
  /** Updates completed in this epoch, and in all of it. */
  readonly batch: number;
  readonly batches: number;
  readonly loss: number;
  readonly stepBy: StepBy;
  readonly learningRate: number;
  readonly limit: number;
  /** What the last phase did, with its numbers; "" where nothing is known of it. */
  readonly said?: string;
  /** What went or goes wrong; it stands in a box of its own. */
  readonly explained?: Partial<Explained>;
  /** Why a run stopped by itself. */
  readonly notice?: string;
  /** It is a recorded run that is played, without a kernel. */
  readonly recorded?: boolean;
  /** There is neither a kernel nor a recorded run: the page shows what it showed last. */
  readonly stuck?: boolean;
  /** What the lesson hides or locks: nobody is told to use it. */
  readonly barred?: readonly string[];
}

/** The update under way, or between two updates the one just completed. */
export const updateShown = ({ update, phase }: Pick<Standing, "update" | "phase">): number =>
  phase ? update + 1 : update;

export const epochShown = ({ epoch, batch, phase }: Standing): number =>
  batch > 0 || phase ? epoch + 1 : Math.max(1, epoch);

/** "of 50", or where more were done than are now asked for: "(20 asked for)". */
const outOf = (done: number, asked: number) =>
  done > asked ? ` (${count(asked)} asked for)` : ` of ${count(asked)}`;

/** What the run has done as it ends. */
const finished = ({ epoch, epochs, update, total }: Standing) =>
  update > total
    ? `Finished: ${counted(epoch, "epoch")}, ${counted(update, "update")} done, more than the ${counted(epochs, "epoch")} asked for.`
    : `Finished: ${counted(epochs, "epoch")}, ${counted(total, "update")}.`;

/** "epoch 2 of 50 · update 8 of 250 · after backward", words and values by turns. */
export function place(at: Standing): string[] {
  const phase = at.phase ? [" · after ", at.phase] : ["", ""];
  return [
    "epoch ",
    count(epochShown(at)),
    `${outOf(epochShown(at), at.epochs)} · update `,
    count(updateShown(at)),
    `${outOf(updateShown(at), at.total)}${phase[0]}`,
    phase[1] ?? "",
  ];
}

const STEP: Record<StepBy, string> = {
  phase: "go through an update phase by phase",
  update: "make one gradient update",
  epoch: "train one epoch",
};

const AGAIN: [Control, string] = ["run", "Run to play it from the start"];
const BACK: [Control, string] = ["back", "Back"];

/** Why the run diverged, in the kernel's words; "" where it did not, or has none. */
const whyDiverged = ({ status, explained }: Standing): string =>
  (status === "diverged" && explained?.kind === "diverged" && explained.words) || "";

/** Why the run rests, if it stopped by itself. */
export const noticeOf = ({ status, notice = "" }: Standing): string =>
  status === "running" ? "" : notice;

/** What can be done by the controls that are to be had, as the end of a sentence before; "" for none. */
function ways(at: Standing, all: [Control, string][], before = "Press ", joint = ", or "): string {
  const had = all.filter(([control]) => !at.barred?.includes(control)).map(([, words]) => words);
  return had.length ? ` ${before}${had.join(joint)}.` : "";
}

/** How a run ended, for those who can no longer go on with it; null where it has not. */
function ended(at: Standing): string | null {
  if (at.status === "finished") return finished(at);
  const how = { diverged: "Diverged", failed: "Failed" }[at.status as string];
  return how ? `${how} after update ${count(at.update)}.` : null;
}

/** What works on a page that plays a recorded run, as far as the lesson leaves it. */
export function played(barred: readonly string[] = []): string {
  const all: [Control, string][] = [
    ["step", "Step"],
    ["back", "Back"],
    ["run", "Run"],
    ["timeline", "the Timeline"],
    ["speed", "Speed"],
  ];
  const had = all.filter(([control]) => !barred.includes(control)).map(([, name]) => name);
  const last = had.pop();
  if (!last) return "shows a recorded run.";
  const names = had.length ? `${had.join(", ")} and ${last} work` : `${last} works`;
  return `plays a recorded run: ${names}.`;
}

/** What to know and do in this state; null where the place and what stands beside it say it all. */
export function advice(at: Standing): string | null {
  if (whyDiverged(at) || noticeOf(at)) return null;
  const over = at.stuck || at.recorded ? ended(at) : null;
  if (over && at.recorded)
    return over + ways(at, at.status === "finished" ? [AGAIN, BACK] : [BACK, AGAIN]);
  if (over || at.stuck) return over;
  switch (at.status) {
    case "ready":
      return (
        `Ready: ${counted(at.epochs, "epoch")} of ${counted(at.batches, "update")}.` +
        ways(at, [
          ["step", `Step to ${STEP[at.stepBy]}`],
          ["run", "Run"],
        ])
      );
    case "finished":
      return (
        finished(at) +
        ways(
          at,
          [
            ["epochs", "Raise Epochs to go on"],
            ["reset", "Reset to start again"],
          ],
          "",
        )
      );
    case "diverged": {
      const limit = at.limit > 0 ? `; the largest stable one is about ${rate(at.limit, 2)}` : "";
      return (
        `Diverged at update ${count(updateShown(at))}: the loss is no longer finite. ` +
        "Press Back for the last finite state, then lower the Learning rate " +
        `(now ${rate(at.learningRate)}${limit}).`
      );
    }
    case "failed":
      return (
        `Failed in update ${count(at.update + 1)}: the update function stopped with an error.` +
        ways(at, [
          ["step", "Step to try again"],
          ["reset", "Reset"],
        ])
      );
    default:
      return null;
  }
}

/** The whole sentence, for those who hear it. */
export function sentence(at: Standing): string {
  const why = whyDiverged(at) || noticeOf(at);
  if (why) return `${why} ${place(at).join("")}`;
  const resting = ["paused", "failed", "diverged"].includes(at.status);
  const said = resting && at.said ? at.said : "";
  const words = advice(at);
  if (words) return said ? `${words} ${said}` : words;
  if (said) return `${place(at).join("")} · ${said}`;
  const loss = Number.isNaN(at.loss) ? "" : ` · batch loss ${measured(at.loss)}`;
  return place(at).join("") + loss;
}

export interface Abilities {
  readonly back: boolean;
  readonly step: boolean;
  readonly run: boolean;
}

/** What can be done now; the sentence says why not. */
export function abilities(at: Pick<Standing, "status" | "update" | "phase">): Abilities {
  const ended = at.status === "finished" || at.status === "diverged";
  return {
    back: at.update > 0 || at.phase !== "",
    step: !ended,
    run: !ended && at.status !== "failed",
  };
}
