/** Predict, then reveal: a question before Step or Run acts; then guess and truth side by side. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { WireQuestion as Question } from "../kernel/contract";
import { Action } from "../parts/action";
import { TYPED } from "../parts/attributes";
import { Copy } from "../parts/copy";
import { Save } from "../parts/save";
import type { View } from "../state/view";
import { say } from "../text/say";
import { readLoss } from "../text/settings";
import { Lines } from "./lines";

/** Whether the lesson asks before the acts that it leaves. */
export const isAsking = ({ run, needs, hidden, locked }: View): boolean =>
  run.traits.ask.value !== null &&
  !needs.value &&
  (run.traits.ask.value === "line"
    ? !(hidden("line") || hidden("set") || locked("set"))
    : !(hidden("step") && hidden("run")));

export function Ask({ view }: { view: View }) {
  const { ask, _question, _answer, _score, _answers } = view.run.traits;
  const chosen = typeof ask.value === "object";
  const asked = chosen ? "choice" : (ask.value ?? "");
  const { words, choices = [] } = _question.value;
  const { words: said, guess, truth, right } = _answer.value;
  const row = [
    guess && ([say("head.you_said", { asked }), guess] as const),
    truth && !(chosen && right) && ([say("head.actual", { asked }), truth] as const),
  ].filter((one) => !!one);
  const shown = (value: string) => (chosen ? value : say("head.choice", { choice: value }));
  const spoken = [said, ...row.map(([name, value]) => `${name} ${shown(value)}`), _score.value];
  const state = words ? "open" : right === true ? "right" : right === false ? "wrong" : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div
      class={`lr-ask lr-ask-${state}${chosen ? " lr-ask-choice" : ""}`}
      role="group"
      aria-label={say("head.guess")}
    >
      {words && <Form key={words} view={view} words={words} choices={choices} />}
      {!words && (
        <div class="lr-answer">
          <Lines title={said} aria-hidden="true">
            {said}
          </Lines>
          {(row.length > 0 || _score.value || _answers.value) && (
            <div class="lr-row">
              {row.map(([name, value]) => (
                <span key={name} aria-hidden="true">
                  {name} <b>{shown(value)}</b>
                </span>
              ))}
              <span class="lr-score" aria-hidden="true">
                {_score}
              </span>
              <Answers view={view} />
            </div>
          )}
        </div>
      )}
      {/* Always there: what comes into it is announced, once and in one go. */}
      <p class="lr-spoken" aria-live="polite">
        {words || !said ? null : spoken.filter(Boolean).join(" · ")}
      </p>
    </div>
  );
}

/** All answers so far, to keep: as text and as a file. */
function Answers({ view }: { view: View }) {
  const { _answers } = view.run.traits;
  if (!_answers.value) return null;
  return (
    <span class="lr-links" title={say("files.answers")}>
      <Copy of={() => _answers.value} title={say("files.copy_title")} />
      <Save name="answers" of={() => _answers.value} />
    </span>
  );
}

interface FormProps extends Pick<Question, "words" | "choices"> {
  readonly view: View;
}

function Form({ view, words, choices }: FormProps) {
  const { run, asked, refuse } = view;
  const form = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const refused = useSignal(false);
  const id = `${view.id}-asks`;
  /** The lesson's own words, which are said as they are. */
  const own = typeof run.traits.ask.value === "object";
  useLayoutEffect(() => {
    const box = form.current as HTMLDivElement;
    const page = box.getRootNode() as Document | ShadowRoot;
    const panel = box.closest<HTMLElement>(".linreg");
    const before = page.activeElement as HTMLElement | null;
    const first = box.querySelector<HTMLElement>("input, button");
    asked.field = first;
    // A question from another window, or one that comes late, takes no focus from elsewhere.
    if (asked.here && (!before || before === document.body || panel?.contains(before)))
      first?.focus({ preventScroll: true });
    asked.here = false;
    return () => {
      if (asked.field === first) asked.field = null;
      if (!box.contains(page.activeElement)) return;
      const back = before && before !== document.body && before.isConnected ? before : panel;
      back?.focus({ preventScroll: true });
    };
  }, []);
  const guess = (value: number | string) => {
    const why = typeof value === "string" && choices.length === 0 ? value : "";
    refuse(why, "guess");
    refused.value = why !== "";
    if (refused.value) field.current?.focus();
    else run.ask({ kind: "guess", value });
  };
  const commit = () => guess(readLoss(field.current?.value ?? ""));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of its field and buttons
    <div
      ref={form}
      class="lr-form"
      onKeyDown={(event) => {
        const held = event.repeat;
        const empty = !field.current?.value;
        if (event.key === "Enter" && event.target === field.current && !held) commit();
        // The key that opened the question may still be down.
        else if (held && event.key === "ArrowRight" && empty) run.step(true);
        else if (!held || !["Enter", " "].includes(event.key)) return;
        event.preventDefault();
      }}
    >
      {/* What is refused stands beside the field, in the question's room. */}
      {view.refusal.value.where === "guess" && view.refusal.value.words ? (
        <>
          <Lines class="lr-refused" aria-hidden="true">
            {view.refusal.value.words}
          </Lines>
          <p class="lr-spoken" id={id}>
            {words}
          </p>
        </>
      ) : (
        <Lines id={id} title={words}>
          {words}
        </Lines>
      )}
      <div class="lr-row">
        {choices.length === 0 && (
          <input
            ref={field}
            class="lr-field"
            {...TYPED}
            aria-labelledby={id}
            aria-invalid={refused.value ? "true" : undefined}
          />
        )}
        {choices.length === 0 && (
          <Action able act={commit} title={say("head.enter_title")} main>
            {say("head.enter")}
          </Action>
        )}
        {choices.map((choice) => (
          <Action key={choice} able act={() => guess(choice)} title={words}>
            {own ? choice : say("head.choice", { choice })}
          </Action>
        ))}
        <Action able act={() => run.ask({ kind: "skip" })} title={say("head.skip_title")}>
          {say("head.skip")}
        </Action>
        <span class="lr-score">{run.traits._score}</span>
      </div>
    </div>
  );
}
