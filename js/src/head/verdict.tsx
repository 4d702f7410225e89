/**
 * How the run does: why it stopped by itself, how far it is from the best possible loss, or what goes wrong
 * and, where another learning rate helps, two ways out.
 *
 * A warning comes and goes during a run, so it takes the room that the distance has, which never changes.
 */

import type { TargetedMouseEvent } from "preact";
import { Action } from "../parts/action";
import { Unbroken } from "../parts/unbroken";
import type { View } from "../state/view";
import { distance } from "../text/best";
import { say } from "../text/say";
import { Lines } from "./lines";

export function Verdict({ view }: { view: View }) {
  const { traits } = view.run;
  const { kind = "", words = "" } = traits._explained.value;
  const status = traits.status.value;
  const told = view.told(words);
  const { full } = view.losses.value;
  const far = distance(full, traits._floor.value);
  const notice = view.notice.value;
  const poor = view.poor.value && status === "finished";
  if (!kind && !notice && traits._floor.value < 0) return null;
  if (!kind && !notice && view.fresh.value) return traits.task.value ? null : <Hints view={view} />;
  return (
    <div class={`lr-verdict lr-verdict-${kind || (poor ? "poor" : "")}`}>
      <Lines title={kind && told}>
        {kind && <Words>{told}</Words>}
        {!kind && notice && (
          <>
            <Unbroken>{notice}</Unbroken>{" "}
          </>
        )}
        {!kind && poor && say("losses.poor", { loss: full, mean: traits._mean.value })}
        {!kind &&
          far &&
          !poor &&
          !notice.includes(say("distance.reached")) &&
          say("losses.far", { loss: full, distance: far })}
      </Lines>
      {kind && <Rescue view={view} />}
      {!kind && poor && !traits.standardize.value && !view.bar("standardize") && (
        <div class="lr-rescue">
          <Action
            able
            act={() => view.run.set("standardize", true)}
            title={say("head.standardize_title")}
          >
            {say("controls.label", { control: "standardize" })}
          </Action>
        </div>
      )}
    </div>
  );
}

/** What the kernel says, with its pieces of code, which stand between backticks, shown as code. */
const Words = ({ children: words }: { children: string }) => (
  <>
    {words
      .split("`")
      .map((part, index) =>
        index % 2 ? <code key={index}>{part}</code> : <Unbroken key={index}>{part}</Unbroken>,
      )}
  </>
);

function Rescue({ view: { run, bar, hidden, isPending, open } }: { view: View }) {
  const { safe = 0, good = 0 } = run.traits._explained.value;
  // It changes the rate, and goes back.
  const [start, back] = (["reset", "timeline"] as const).map(
    (way) => bar("learning_rate") ?? bar(way),
  );
  if (!(safe > 0) || hidden("learning_rate")) return null;
  const rescue = (to: "start" | "good") => (event: TargetedMouseEvent<HTMLElement>) => {
    if (isPending("rescue")) return;
    // The button goes with the trouble: the keys go on in the panel.
    event.currentTarget.closest<HTMLElement>(".linreg")?.focus({ preventScroll: true });
    run.ask({ kind: "rescue", to });
    open("loss");
  };
  return (
    <div class="lr-rescue">
      <Action able={!start} act={rescue("start")} title={start ?? say("head.start_again_title")}>
        {say("head.start_again", { rate: safe })}
      </Action>
      {good > 0 && (
        <Action able={!back} act={rescue("good")} title={back ?? say("head.go_back_title")}>
          {say("head.go_back", { update: good, rate: safe })}
        </Action>
      )}
    </div>
  );
}

/** For the first meeting; gone with the first act. */
function Hints({ view }: { view: View }) {
  const hints = [
    !view.bar("run", true) && say("head.hint", { control: "run" }),
    !view.bar("step", true) && say("head.hint", { control: "step" }),
    !view.bar("learning_rate") && say("head.hint", { control: "learning_rate" }),
  ].filter((hint) => hint !== false);
  return (
    <ul class="lr-hints">
      {hints.map((hint) => (
        <li key={hint}>
          {hint.split("*").map((part, index) => (index % 2 ? <b key={index}>{part}</b> : part))}
        </li>
      ))}
    </ul>
  );
}
