/** Where the run stands, in one sentence. */

import type { Control, Explained, Traits } from "../kernel/contract";
import type { Abilities } from "../kernel/life";
import { say } from "../text/say";

/**
 * The traits that tell where a run stands, and how it goes on: completed updates and epochs, the updates completed
 * in this epoch and those in all of it, and the last finished phase of the update under way.
 */
export const PLACE = [
  ...(["status", "update", "epochs", "step_by", "learning_rate"] as const),
  ...(["_total", "_phase", "_epoch", "_batch", "_batches"] as const),
] as const;

export interface Standing extends Pick<Traits, (typeof PLACE)[number]> {
  /** Of the last batch. */
  readonly loss: number;
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
const updateShown = ({ update, _phase }: Pick<Standing, "update" | "_phase">): number =>
  _phase ? update + 1 : update;

const epochShown = ({ _epoch, _batch, _phase }: Standing): number =>
  _batch > 0 || _phase ? _epoch + 1 : Math.max(1, _epoch);

/** What the run has done as it ends. */
const finished = ({ _epoch, epochs, update, _total }: Standing) =>
  update > _total
    ? say("status.finished_over", { epochs: _epoch, updates: update, asked: epochs })
    : say("status.finished", { epochs, updates: _total });

/** "epoch 2 of 50 · update 8 of 250 · after backward", words and values by turns. */
export function place(at: Standing): string[] {
  const [epoch, update] = [epochShown(at), updateShown(at)];
  const { epochs, _total: total, _phase: phase } = at;
  return say("status.place", {
    epoch,
    epochs_over: epoch > epochs,
    epochs,
    update,
    over: update > total,
    total,
    within: phase !== "",
    phase,
  }).split("*");
}

type Way = readonly [control: Control, words: string];

/** Why the run diverged, in the kernel's words; "" where it did not, or has none. */
const whyDiverged = ({ status, explained }: Standing): string =>
  (status === "diverged" && explained?.kind === "diverged" && explained.words) || "";

/** Why the run rests, if it stopped by itself. */
export const noticeOf = ({ status, notice = "" }: Standing): string =>
  status === "running" ? "" : notice;

/** What can be done by the controls that are to be had; "" for none. */
function ways({ barred }: Standing, all: readonly Way[]): string {
  const had = all.filter(([control]) => !barred?.includes(control)).map(([, words]) => words);
  const [one = "", other] = had;
  return other ? say("words.either", { one, other }) : one;
}

/** Sentences one after the other, as far as they say anything. */
const joined = (...sentences: readonly string[]) => sentences.filter(Boolean).join(" ");

function press(at: Standing, all: readonly Way[]): string {
  const what = ways(at, all);
  return what && say("status.press", { ways: what });
}

/** How a run ended, for those who can no longer go on with it; null where it has not. */
function ended(at: Standing): string | null {
  if (at.status === "finished") return finished(at);
  if (at.status !== "failed" && at.status !== "diverged") return null;
  return say("status.ended", { failed: at.status === "failed", update: at.update });
}

/** What works on a page that plays a recorded run, as far as the lesson leaves it. */
export function played(barred: readonly string[] = []): string {
  const all: Way[] = [
    ["step", say("controls.label", { control: "step" })],
    ["back", say("controls.label", { control: "back" })],
    ["run", say("controls.label", { control: "run" })],
    ["timeline", say("page.the_timeline")],
    ["speed", say("controls.label", { control: "speed" })],
  ];
  const names = all.filter(([control]) => !barred.includes(control)).map(([, name]) => name);
  if (names.length === 0) return say("page.shown");
  return say("page.played", { names, count: names.length });
}

/** What to know and do in this state; null where the place and what stands beside it say it all. */
export function advice(at: Standing): string | null {
  if (whyDiverged(at) || noticeOf(at)) return null;
  const over = at.stuck || at.recorded ? ended(at) : null;
  if (over && at.recorded) {
    const back: Way = ["back", say("status.way_back")];
    const play: Way = ["run", say("status.way_play")];
    return joined(over, press(at, at.status === "finished" ? [play, back] : [back, play]));
  }
  if (over || at.stuck) return over;
  switch (at.status) {
    case "ready":
      return joined(
        say("status.ready", { epochs: at.epochs, updates: at._batches }),
        press(at, [
          ["step", say("status.way_step", { by: at.step_by })],
          ["run", say("status.way_run")],
        ]),
      );
    case "finished": {
      const next = ways(at, [
        ["epochs", say("status.way_more")],
        ["reset", say("status.way_again")],
      ]);
      return joined(finished(at), next && say("status.do", { ways: next }));
    }
    case "diverged":
      return joined(
        say("status.diverged", { update: updateShown(at) }),
        say("status.diverged_remedy", {
          rate: at.learning_rate,
          known: at.limit > 0,
          limit: at.limit,
        }),
      );
    case "failed":
      return joined(
        say("status.failed", { update: at.update + 1 }),
        press(at, [
          ["step", say("status.way_retry")],
          ["reset", say("status.way_reset")],
        ]),
      );
    default:
      return null;
  }
}

/** The whole sentence, for those who hear it. */
export function sentence(at: Standing): string {
  const why = whyDiverged(at) || noticeOf(at);
  const where = place(at).join("");
  if (why) return joined(why, where);
  const resting = ["paused", "failed", "diverged"].includes(at.status);
  const said = resting && at.said ? at.said : "";
  const words = advice(at);
  if (words) return joined(words, said);
  const loss = Number.isNaN(at.loss) ? "" : say("status.loss", { loss: at.loss });
  const more = said || loss;
  return more ? say("status.place_and", { place: where, words: more }) : where;
}

/** Whether it has come to an end of itself; more epochs, just asked for, let it go on. */
const isEnded = ({ status, epochs, _epoch }: Pick<Standing, "status" | "epochs" | "_epoch">) =>
  status === "diverged" || (status === "finished" && epochs <= _epoch);

/**
 * What can be done now; the sentence says why not.
 *
 * `asked`: something was asked for after which the run may stand elsewhere, so that what can be done there is the
 * kernel's to know. Whoever goes back from the end by one key and on by the next would lose the second.
 */
export function abilities(
  at: Pick<Standing, "status" | "update" | "epochs" | "_phase" | "_epoch">,
  asked = false,
): Abilities {
  return {
    back: asked || at.update > 0 || at._phase !== "",
    step: asked || !isEnded(at),
    run: asked || !(isEnded(at) || at.status === "failed"),
  };
}
