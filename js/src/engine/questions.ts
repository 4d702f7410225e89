/** Questions before an act, and how a guess is judged: words and numbers, no run; see questions.py (pure). */

import {
  type Act,
  type Choice,
  NEAR_BEST,
  SMALLEST_LOSS,
  type StepBy,
  type Traits,
} from "../kernel/contract";
import { asCsv, quoted } from "../text/csv";
import { measured, rate, toldApart } from "../text/format";
import { say } from "../text/say";
import type { Settings } from "./schedule";

export type Kind = Extract<Traits["ask"], string>;
/** Something of the run, or a teacher's own questions, one after the other. */
export type Asked = Kind | readonly Choice[];

export interface Question {
  readonly kind: Kind | "choice";
  /** What was to be done. */
  readonly act: Act;
  /** What a step goes by. */
  readonly by: StepBy;
  readonly words: string;
  readonly choices: readonly string[];
  /** The number, from 1, of the update that comes. */
  readonly update: number;
  /** The updates done when the truth is there; a run may end before. */
  readonly goal: number;
  /** The loss over all rows before the act, or the weight. */
  readonly now: number;
  /** Where the weight is in w. */
  readonly entry: number;
  /** Those of the updates that come. */
  readonly settings: Settings;
  /** The question of choice that it is. */
  readonly choice?: Choice;
}

export interface Answer {
  readonly question: Question;
  /** Null: it was skipped. */
  readonly guess: number | string | null;
  /** Null: not known yet, or there is none. */
  readonly truth: number | string | null;
  /** Null: not known yet, skipped, or neither. */
  readonly right: boolean | null;
  /** The truth and the guess in a sentence. */
  readonly words: string;
}

/** What a reader is told before the first question; `acts`: those that the page offers, one at least. */
export function intro(kind: Asked, acts: readonly Act[]): string {
  const told = acts.length > 1 ? "both" : (acts[0] ?? "step");
  if (typeof kind !== "string")
    return say("questions.intro_choice", { acts: told, count: kind.length });
  if (kind === "line") return say("questions.intro_line");
  if (kind === "loss") return say("questions.intro_loss", { acts: told });
  if (kind === "weight") return say("questions.intro_weight", { acts: told });
  return say("questions.intro_diverges", { acts: told });
}

/** Whether a guess of a loss is close: judged is the change, on a log scale. */
export function isClose(now: number, guess: number, truth: number): boolean {
  if (!Number.isFinite(truth)) return guess >= 2 * now;
  const [before, guessed, after] = [now, guess, truth].map((loss) =>
    Math.log(Math.max(loss, SMALLEST_LOSS)),
  ) as [number, number, number];
  const allowed = Math.min(Math.abs(after - before) / 2, Math.LN2);
  return (
    measured(guess) === measured(truth) || Math.abs(guessed - before - (after - before)) <= allowed
  );
}

/** Why a value does not answer a question; "" where it does. */
export function unusable({ choices }: Question, value: unknown): string {
  const written = typeof value === "string" ? `'${value}'` : String(value);
  const one = choices.slice(0, -1).join(", ");
  const other = choices.at(-1) ?? "";
  if (choices.length === 0) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return "";
    return say("questions.not_a_loss", { value: written, what: say("fields.loss") });
  }
  if (choices.includes(value as string)) return "";
  const all = one ? say("questions.or", { one, other }) : other;
  return say("questions.choice", { value: written, choices: all });
}

/** With the loss that came, and what that says of the guess. */
export function judgedLoss(answer: Answer, truth: number): Answer {
  const { question, guess } = answer;
  const moved = told(question.now, truth, true);
  if (typeof guess !== "number")
    return { ...answer, truth, words: say("questions.loss", { moved }) };
  const right = isClose(question.now, guess, truth);
  const expected = told(question.now, guess, false);
  const words = say("questions.guessed_loss", { close: right, moved, expected });
  return { ...answer, truth, right, words };
}

/** With where a weight went; where it went nowhere, neither choice is right. */
export function judgedWeight(answer: Answer, weight: string, after: number): Answer {
  const before = answer.question.now;
  if (Number.isNaN(after) || after === before) {
    const moved = Number.isNaN(after);
    return { ...answer, words: say("questions.weight_neither", { weight, moved }) };
  }
  const rose = after > before;
  const truth = rose ? "Rise" : "Fall";
  const [old, new_] = toldApart(before, after);
  const verdict = verdictOf(answer, truth);
  return judged(answer, truth, say("questions.weight", { verdict, weight, rose, old, new: new_ }));
}

/** With whether a run diverged, at `divergedAt` if it did, or whether a step let the loss grow. */
export function judgedDivergence(answer: Answer, after: number, divergedAt: number | null): Answer {
  const { now: before, act } = answer.question;
  if (divergedAt !== null) {
    const verdict = verdictOf(answer, "Yes");
    return judged(answer, "Yes", say("questions.diverged", { verdict, update: divergedAt }));
  }
  const [old, new_] = toldApart(before, after);
  if (act === "run") {
    const verdict = verdictOf(answer, "No");
    return judged(answer, "No", say("questions.stayed", { verdict, old, new: new_ }));
  }
  const grew = !(after <= before);
  const truth = grew ? "Yes" : "No";
  const verdict = verdictOf(answer, truth);
  return judged(answer, truth, say("questions.grew", { verdict, grew, old, new: new_ }));
}

/** With the best possible loss beside the one of the line drawn by hand. */
export function judgedLine(answer: Answer, best: number, mean: number): Answer {
  const { guess: yours } = answer;
  if (typeof yours !== "number")
    return { ...answer, truth: best, words: say("questions.line_skipped", { best }) };
  const close = yours - best <= NEAR_BEST * (mean - best);
  const words = say("questions.line", { close, yours, best, mean });
  return { ...answer, truth: best, right: close, words };
}

/** With the right choice, and why the chosen one is that or not. */
export function judgedChoice(answer: Answer, { choices, right, why }: Choice): Answer {
  const { guess } = answer;
  const reason = why[guess === null ? right : choices.indexOf(String(guess))] ?? "";
  const truth = choices[right] ?? "";
  const verdict = verdictOf(answer, truth);
  const words = say("questions.chosen", { verdict, explained: reason !== "", why: reason });
  return judged(answer, truth, words);
}

const verdictOf = ({ guess }: Answer, truth: string) =>
  guess === null ? "none" : guess === truth ? "right" : "wrong";

const judged = (answer: Answer, truth: string, words: string): Answer => ({
  ...answer,
  ...{ truth, words, right: answer.guess === null ? null : answer.guess === truth },
});

/** How a loss changed, or how one expects it to: "fell by 4%", "fall by 4%". */
function told(now: number, then: number, came: boolean): string {
  let size = Number.NaN;
  let way = "to";
  if (!Number.isFinite(then)) way = "infinite";
  else if (measured(now) === measured(then)) way = "same";
  else if (then !== 0 && now !== 0) {
    const up = then > now;
    size = Math.max(now / then, then / now);
    way = up ? "larger" : "smaller";
    if (size < 2) [way, size] = [up ? "up" : "down", 100 * Math.abs(then / now - 1)];
  }
  return came
    ? say("questions.moved", { way, then, size })
    : say("questions.expected", { way, then, size });
}

// ---- answers to keep -------------------------------------------------------------------------

const COLUMNS = ["update", "kind", "question", "guess", "truth", "right", "skipped"];

/** The answers as a CSV file, as `Guesses.to_csv`. */
export function answersAsCsv(answers: readonly Answer[]): string {
  if (answers.length === 0) return "";
  const lines = answers.map(({ question, guess, truth, right }) => [
    ...[question.update, question.kind, question.words, guess, truth, right, guess === null],
  ]);
  return asCsv([COLUMNS, ...lines].map((cells) => cells.map(cell)));
}

/** A number as one types it, a truth value as "true" or "false", a text between quotes if it has to be. */
function cell(value: number | string | boolean | null): string {
  if (value === null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? rate(value) : "inf";
  const text = String(value);
  return /[",\r\n]/.test(text) ? quoted(text) : text;
}
