/**
 * Predict, then reveal: a question before an act, a guess, and the truth once the act is done; see guessing.py
 * and gate.py (pure).
 *
 * A guess counts only if the act that it was made for is done. If the run is wound back, reset, set by hand or
 * trained in another way before the truth is known, the guess is withdrawn.
 */

import {
  ACTS,
  type Act,
  BY_DEGREES,
  CHOICES,
  type Choice,
  SETTINGS,
  type StepBy,
  type Traits,
} from "../kernel/contract";
import { isolated, said } from "../text/format";
import { say } from "../text/say";
import { named } from "./narration";
import {
  type Answer,
  type Asked,
  answersAsCsv,
  intro,
  judgedChoice,
  judgedDivergence,
  judgedLine,
  judgedLoss,
  judgedWeight,
  type Kind,
  type Question,
  unusable,
} from "./questions";
import { differing } from "./schedule";
import type { Trainer } from "./trainer";

/** What became of a guess: the question whose act can be done now, or why the guess was refused. */
export interface Taken {
  readonly question: Question | null;
  readonly alert: string;
}

/** Asks before an act, judges after it, and keeps the score. The trainer is only read. */
export function createAsking(first: Trainer) {
  let trainer = first;
  let kind: Asked | null = null;
  /** Questions of choice that were answered or skipped, and the recording in which the last one was. */
  let done = 0;
  let told: object | null = null;
  let barred: ReadonlySet<string> = new Set();
  /** Whether the page lets its reader draw the line; if not, the line is not asked for. */
  let drawable = true;
  const answers: Answer[] = [];
  let question: Question | null = null;
  /** The guess whose truth is still to come. */
  let waiting: Answer | null = null;
  let askedAt: readonly unknown[] = [];
  let edited: readonly number[] = [];
  /** The recording of the run whose line was asked for last. */
  let drawn: object | null = null;
  let shown: Answer | string | null = null;
  let shownAt: readonly unknown[] = [];

  const here = () => [trainer.update, trainer.phases];
  const handMade = () => [...trainer.recording.byHand.keys()];
  const settings = () => SETTINGS.map((name) => trainer.settings[name]);
  /** The place in a run: another one after a reset, a branch or an entry set by hand. */
  const place = () => [trainer.recording.version, String(handMade()), ...here()];
  /** What an open question is about: where a run stands, and how it will go on. */
  const standing = () => [
    ...[trainer.recording, String(handMade()), ...here(), ...settings()],
    ...[...trainer.model.w, ...trainer.model.b],
  ];
  const show = (what: Answer | string | null) => {
    [shown, shownAt, told] = [what, place(), null];
  };

  /** Whether there is something to be asked before an act: it is possible, and a whole one. */
  function may(act: Act): boolean {
    const stopped = act === "step" ? ["diverged"] : ["diverged", "finished"];
    return !stopped.includes(trainer.status) && !(act === "step" && trainer.phases);
  }

  function ask(act: Act, by: StepBy): boolean {
    look();
    if (kind === "line") return question !== null;
    if (!kind || !may(act)) return false;
    if (typeof kind !== "string") return askChoice(kind, act, by);
    if (waiting?.question.act === act) return false;
    if (question?.act === act && question.by === by) return true;
    question = questionOf(kind, act, by);
    if (!question) return false;
    waiting = null;
    askedAt = standing();
    return true;
  }

  /** Open the next question of choice, be it open before another act already. */
  function askChoice(choices: readonly Choice[], act: Act, by: StepBy): boolean {
    if (told) show(null);
    const choice = choices[done];
    if (!choice) return false;
    const { update, settings } = trainer;
    question = {
      ...{ kind: "choice", act, by, words: choice.question, choices: choice.choices, choice },
      ...{ update: update + 1, goal: update, now: Number.NaN, entry: 0, settings },
    };
    return true;
  }

  /** Open the task of drawing the line: at once, and again at the start of another run. */
  function askForLine(): void {
    const { recording, update, table, status } = trainer;
    const again = update > 0 || recording.byHand.size > 0 || recording === drawn;
    if ((drawn && again) || !["ready", "paused"].includes(status) || trainer.phases) return;
    const words = say("questions.ask_line", { several: table.t * table.d > 1 });
    question = {
      ...{ kind: "line", act: "set", by: "update", words, choices: CHOICES.line },
      ...{ update: update + 1, goal: update, now: trainer.loss(), entry: 0 },
      settings: trainer.settings,
    };
    drawn = recording;
    askedAt = [...here(), ...settings()];
  }

  function questionOf(kind: Kind, act: Act, by: StepBy): Question | null {
    const { table, update, place, model, schedule } = trainer;
    const turn = answers.filter((answer) => answer.question.kind === "weight").length;
    const entry = turn % model.w.length;
    const now = kind === "weight" ? (model.w[entry] as number) : trainer.loss();
    if (!Number.isFinite(now)) return null;
    const isRun = act === "run";
    let goal = update + 1;
    let next: string;
    if (isRun) {
      goal = trainer.total;
      next = say("questions.run", { goal, stops: trainer.mayStop });
    } else if (by === "epoch") {
      goal = schedule.endOf(place.epoch);
      next = say("questions.epoch", { epoch: place.epoch + 1, goal });
    } else if (kind === "weight") {
      const rows = named(trainer.batches.rows(schedule, update), table);
      next = say("questions.rows", { goal, rows }); // to look at their targets and predictions
    } else next = say("questions.update", { goal });
    const asks =
      kind === "weight"
        ? say("questions.ask_weight", { weight: nameOf(entry), now })
        : kind === "loss"
          ? say("questions.ask_loss", { now, run: isRun })
          : isRun
            ? say("questions.ask_divergence")
            : say("questions.ask_growth", { now });
    const { learning_rate: rate } = trainer.settings;
    const words =
      kind === "diverges"
        ? say("questions.question_of_rate", { next, rate, ask: asks })
        : say("questions.question", { next, ask: asks });
    return {
      ...{ kind, act, by, words, choices: CHOICES[kind], update: update + 1, goal, now, entry },
      settings: trainer.settings,
    };
  }

  function withdraw(why: string): void {
    if (!question && !waiting) return;
    question = waiting = null;
    show(why);
  }

  /** Withdraw a question before an act that is barred by now, and return whether it was. */
  function withdrawBarred(): boolean {
    const undrawable = question?.kind === "line" && !drawable;
    if (!question || !(undrawable || barred.has(question.act))) return false;
    withdraw(say("questions.withdrawn"));
    return true;
  }

  function answered(guess: number | string | null): Question {
    const asked = question as Question;
    question = null;
    if (asked.kind === "line") {
      const { insight, recording } = trainer;
      const line: Answer = {
        ...UNJUDGED,
        question: asked,
        guess: guess === null ? null : trainer.loss(),
      };
      drawn = recording;
      keep(judgedLine(line, insight.floor, insight.meanLoss));
      return asked;
    }
    if (asked.choice) {
      done += 1;
      keep(judgedChoice({ ...UNJUDGED, question: asked, guess }, asked.choice));
      told = trainer.recording;
      return asked;
    }
    const run = asked.act === "run";
    const words =
      guess === null ? say("questions.skipped", { run }) : say("questions.guessed", { run });
    edited = handMade();
    waiting = { ...UNJUDGED, question: asked, guess, words };
    show(waiting);
    return asked;
  }

  function keep(answer: Answer): void {
    show(answer);
    answers.push(answer);
  }

  /** Whether the run is where it was asked; one of choice is about no place, but needs its act. */
  function stands({ kind, act }: Question): boolean {
    if (kind === "choice") return may(act);
    return isSame(kind === "line" ? [...here(), ...settings()] : standing(), askedAt);
  }

  /** Look where the run stands: withdraw what it has left, judge what it has reached. */
  function look(running = false): void {
    if (question && !stands(question)) withdraw(say("questions.moved_on"));
    if (kind === "line" && drawable && !question && !running) askForLine();
    if (!waiting || running) return;
    const found = stateOf(waiting.question);
    if (found === "lost") withdraw(say("questions.changed"));
    if (found !== "there") return;
    const judged = judgedNow(waiting);
    waiting = null;
    keep(judged);
  }

  /** Whether the truth that a guess waits for is there, is still to come or is lost. */
  function stateOf({ update: first, act, goal, settings }: Question): "there" | "coming" | "lost" {
    const { recording, update, phases, status, notice } = trainer;
    const atStart = update < first && !phases;
    if (
      recording !== askedAt[0] ||
      update < first - 1 ||
      handMade().some((at) => !edited.includes(at)) ||
      (atStart && !isSame(standing(), askedAt))
    )
      return "lost";
    const ended = status === "diverged" || (act === "run" && notice !== "" && !atStart);
    if (update < goal && !ended) return "coming";
    const madeWith = recording.schedule.at(Math.max(update - 1, 0)).settings;
    const same = differing(madeWith, settings).length === 0;
    return same && update <= goal && !phases ? "there" : "lost";
  }

  function judgedNow(answer: Answer): Answer {
    const { kind, entry } = answer.question;
    if (kind === "weight")
      return judgedWeight(answer, nameOf(entry), trainer.model.w[entry] as number);
    if (kind === "loss") return judgedLoss(answer, trainer.loss());
    const diverged = trainer.status === "diverged";
    return judgedDivergence(answer, trainer.loss(), diverged ? trainer.update : null);
  }

  function nameOf(entry: number): string {
    const { names, d } = trainer.table;
    const [target = "", feature = ""] = [
      names.targets[Math.floor(entry / d)],
      names.features[entry % d],
    ];
    return `w[${isolated(target)}, ${isolated(feature)}]`;
  }

  function score(): string {
    const counted = answers.filter(({ right }) => right !== null);
    if (counted.length === 0) return "";
    const good = counted.filter(({ right }) => right).length;
    const close = counted.every((answer) =>
      BY_DEGREES.some((kind) => kind === answer.question.kind),
    );
    return say("questions.score", { good, all: counted.length, close });
  }

  function forget(): void {
    question = waiting = drawn = null;
    edited = [];
    show(null);
    look();
  }

  return {
    /** Take over what the lesson asks, hides and locks from now on. */
    follow({ ask, hide, lock }: Pick<Traits, "ask" | "hide" | "lock">): void {
      barred = new Set([...hide, ...lock]);
      drawable = !hide.includes("line") && !barred.has("set");
      if (JSON.stringify(ask) !== JSON.stringify(kind)) {
        kind = ask;
        done = 0;
        forget();
      }
      withdrawBarred();
    },
    /** Ask about another trainer from here on; the answers stay, what is open is withdrawn. */
    turnTo(other: Trainer): void {
      trainer = other;
      forget();
    },
    /** Open the question that comes before an act; return whether there is one. */
    ask,
    /** Answer the open question, or skip it with null. Where there is none, it was answered already. */
    answer(value: unknown): Taken {
      look();
      withdrawBarred();
      if (!question) return { question: null, alert: "" };
      const alert = value === null ? "" : unusable(question, value);
      if (alert) return { question: null, alert };
      return { question: answered(value as number | string | null), alert: "" };
    },
    look,
    /** The traits that show the question, or the answer before it, the score and all answers. */
    card(): Pick<Traits, "_question" | "_answer" | "_score" | "_answers"> {
      const here = told === trainer.recording || waiting || isSame(shownAt, place());
      const there = here ? shown : null;
      const acts = ACTS.filter((act) => !barred.has(act));
      const more = kind && (typeof kind === "string" ? kind : kind.slice(done));
      const beginning = more?.length ? intro(more, acts.length ? acts : ACTS) : "";
      const words = typeof there === "string" ? there : (there?.words ?? beginning);
      const {
        guess = null,
        truth = null,
        right = null,
      } = there && typeof there === "object" ? there : {};
      return {
        _question: question
          ? { words: question.words, choices: question.choices, act: question.act }
          : {},
        _answer: { words, guess: written(guess), truth: written(truth), right },
        _score: score(),
        _answers: answersAsCsv(answers),
      };
    },
  };
}

const UNJUDGED = { truth: null, right: null, words: "" };

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((value, k) => Object.is(value, other[k]));

const written = (value: number | string | null): string =>
  typeof value === "number" ? said(value) : (value ?? "");
