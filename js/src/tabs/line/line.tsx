/** "Data and line": the rows as points, the model as a line that can be taken by its ends. */

import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { grown, type Range, rangeOf, widened } from "../../charts/axis";
import { heightAt, type Line, parametersFor, through } from "../../charts/dataline";
import { Action } from "../../head/buttons";
import { Numbers } from "../../parts/numbers";
import { short } from "../../state/digits";
import type { View } from "../../state/view";
import { count, isolated, measured } from "../../text/format";
import { type Draft, Handle } from "./handle";
import { Picture, type Shown } from "./picture";
import { decodeColumns, lossesOf, type Reading, read } from "./reading";

export function DataAndLine({ view }: { view: View }) {
  const { traits } = view.run;
  const target = useSignal(0);
  const feature = useSignal<number | null>(null);
  const columns = useComputed(() => decodeColumns(traits._fit.value, traits._fit_inputs.value));
  const reading = useComputed(() =>
    read(
      {
        fit: traits._fit.value,
        names: traits._names.value,
        columns: columns.value,
        standardize: traits.standardize.value,
      },
      view.micro.frame.value,
      view.micro.fit.value,
      target.value,
      feature.value ?? traits._fit.value.leading?.[target.value] ?? 0,
    ),
  ).value;
  if (!reading) return null;
  return (
    <div class="lr-dataline">
      <Plane view={view} reading={reading} target={target} feature={feature} />
    </div>
  );
}

interface PlaneProps {
  readonly view: View;
  readonly reading: Reading;
  readonly target: Signal<number>;
  readonly feature: Signal<number | null>;
}

function Plane({ view, reading, target, feature }: PlaneProps) {
  const { traits, ask } = view.run;
  const { alert, fit } = { alert: traits._alert.value, fit: view.micro.fit.value };
  const { features = [], targets = [] } = traits._names.value;
  const { rows = [], index = [], count: all = rows.length } = traits._fit.value;
  const { x, y, alone, line, best, before, pull } = reading;
  const draft = useSignal<Draft | null>(null);
  const { box, width } = useWidth();
  // What the kernel has made of a line that was let go, or why it refused it, takes its place.
  useLayoutEffect(() => {
    if (!draft.peek()?.held) draft.value = null;
  }, [fit, alert, reading.feature, reading.target]);

  const xRange = rangeOf(x);
  const mean = reading.centre[reading.feature] ?? 0;
  const ends: readonly [number, number] = [xRange[0] - mean, xRange[1] - mean];
  const at = (which: Line): [number, number] => [
    heightAt(which, ends[0]),
    heightAt(which, ends[1]),
  ];
  const drawn: Line | null = draft.value
    ? through([ends[0], draft.value.ends[0]], [ends[1], draft.value.ends[1]])
    : line;
  const yRange = useRef<Range>([0, 1]);
  if (!draft.value) {
    const base = widened(rangeOf(reading.targets), 0.12);
    yRange.current = grown(base, [...y, ...(line ? at(line) : [])]);
  }
  const asked = traits.ask.value === "line" && Boolean(traits._question.value.words);
  const settable = view.bar("set") === undefined && line !== null;
  const names = {
    x: features[reading.feature] ?? "x",
    y: targets[reading.target] ?? "y",
  };
  const chosen = index.indexOf(view.micro.chosen.value ?? -1);
  const shown: Shown = {
    reading,
    names,
    xEnds: xRange,
    xRange: widened(xRange, 0.06),
    yRange: yRange.current,
    line: drawn,
    ends,
    best: asked ? null : best,
    before: draft.value ? line : before,
    pull,
    dragged: draft.value !== null,
    chosen,
    rows,
    width,
    height: width < 420 ? 250 : 300,
  };
  const losses = drawn && lossesOf(reading, drawn);
  const loss = draft.value && losses ? losses.now : reading.loss;
  const commit = () => {
    const now = draft.value;
    if (!now) return;
    draft.value = { ...now, held: false };
    const wanted = through([ends[0], now.ends[0]], [ends[1], now.ends[1]]);
    const { base, start, centre, units } = reading;
    const made = parametersFor(wanted, start, base, reading.feature, centre, units);
    const [row, column] = [reading.target, reading.feature];
    ask({
      kind: "set",
      entries: [
        { tensor: "w", row, column, value: made.weight },
        { tensor: "b", row: 0, column: row, value: made.bias },
      ],
    });
  };
  return (
    <>
      <div class="lr-plane" ref={box} style={`height:${shown.height}px`}>
        <Picture shown={shown} choose={(row) => choose(view, index[row])} />
        {settable &&
          ([0, 1] as const).map((end) => (
            <Handle
              key={end}
              shown={shown}
              end={end}
              ends={draft.value?.ends ?? at(line)}
              draft={draft}
              commit={commit}
              label={`${end ? "Right" : "Left"} end of the line`}
              describedBy={`${view.id}-line`}
            />
          ))}
      </div>
      <div class="lr-beside">
        <div class="lr-axesof">
          <Choice
            label="Feature"
            names={features.slice(0, reading.centre.length)}
            value={reading.feature}
            set={(value) => {
              feature.value = value;
            }}
          />
          <Choice
            label="Target"
            names={targets.slice(0, traits._fit.value.targets?.length)}
            value={reading.target}
            set={(value) => {
              target.value = value;
            }}
          />
          <Choice
            label="Row"
            names={["–", ...rows]}
            value={chosen + 1}
            set={(value) => choose(view, index[value - 1], false)}
          />
        </div>
        <div class="lr-linelosses">
          <dl>
            <div>
              <dt>{draft.value && all > rows.length ? "Loss, these rows" : "Loss"}</dt>
              <dd>{measured(loss)}</dd>
            </div>
            <div>
              <dt>Best line</dt>
              <dd>{asked || !losses ? "?" : measured(losses.best)}</dd>
            </div>
          </dl>
          <Action
            able={traits._undo.value && view.bar("set") === undefined}
            act={() => ask({ kind: "undo" })}
            title={view.bar("set") ?? "Take back what was last set by hand (Ctrl Z)"}
          >
            Undo
          </Action>
        </div>
        <p class="lr-linewords" id={`${view.id}-line`}>
          {words(shown, settable)}
        </p>
        <p class="lr-linewords">
          {chosen >= 0 ? rowWords(shown) : "Click a point to see its row."}
        </p>
        <Legend best={shown.best} />
        <p class="lr-sample">
          {all > rows.length && `A sample of ${count(rows.length)} of ${count(all)} rows. `}
          {!alone &&
            "Each point stands where its row would be if its other features were average, so that its stick is its residual, exactly."}
          {features.length > reading.centre.length &&
            ` Of ${features.length} features ${reading.centre.length} are here.`}
        </p>
      </div>
      <details class="lr-fold lr-linetable">
        <summary>As a table</summary>
        <Numbers
          label={`${isolated(names.y)} against ${isolated(names.x)}`}
          corner="row"
          rows={rows}
          lit={chosen}
          columns={[
            [names.x, x],
            [alone ? names.y : "point", y],
            [
              "line",
              x.map((_, i) => (drawn ? heightAt(drawn, reading.fromMean[i] ?? 0) : Number.NaN)),
            ],
            ["residual", residualsOf(shown)],
          ]}
        />
      </details>
    </>
  );
}

/** How much room a part has across the page, in pixels, now and when that changes. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(560);
  useLayoutEffect(() => {
    const look = () => {
      width.value = Math.max(200, box.current?.clientWidth ?? 0);
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current as HTMLElement);
    return () => observer.disconnect();
  }, []);
  return { box, width: width.value };
}

/** Point a row out, or no longer. */
function choose(view: View, row: number | undefined, toggle = true): void {
  const { chosen } = view.micro;
  chosen.value = row === undefined || (toggle && chosen.value === row) ? null : row;
}

const residualsOf = ({ line, reading: { fromMean, y } }: Shown) =>
  y.map((each, i) => (line ? heightAt(line, fromMean[i] ?? 0) - each : Number.NaN));

const signed = (x: number) => (x > 0 ? "+" : "") + short(x);
const way = (x: number) => (x > 0 ? "up" : x < 0 ? "down" : "nowhere");

/** What has just been done to the line, or can be done. */
function words({ line, ends, before, pull, dragged }: Shown, settable: boolean): string {
  if (!line) return "w or b is not finite: there is no line to draw.";
  const [left, right] = [heightAt(line, ends[0]), heightAt(line, ends[1])];
  if (dragged) return `At its ends the line is at ${short(left)} and ${short(right)}.`;
  if (pull) {
    const [a, b] = ends.map((end) => way(heightAt(pull, end)));
    return `This batch pulls the line ${a} on the left and ${b} on the right.`;
  }
  if (before) {
    const a = left - heightAt(before, ends[0]);
    const b = right - heightAt(before, ends[1]);
    return `The update moved the line by ${signed(a)} on the left and ${signed(b)} on the right.`;
  }
  return settable ? "Drag an end of the line, or use the arrow keys on it." : "";
}

function rowWords(shown: Shown): string {
  const { chosen, rows, names, reading } = shown;
  const { x, targets, predictions } = reading;
  const [a = 0, b = 0, c = 0] = [x[chosen], targets[chosen], predictions[chosen]];
  return `${isolated(rows[chosen] ?? "")}: ${isolated(names.x)} ${short(a)}, ${isolated(names.y)} ${short(b)}, prediction ${short(c)}, residual ${short(residualsOf(shown)[chosen] ?? c - b)}.`;
}

interface ChoiceProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly value: number;
  readonly set: (value: number) => void;
}

function Choice({ label, names, value, set }: ChoiceProps) {
  return (
    <label>
      <span class="lr-label">{label}</span>
      <select
        class="lr-field"
        value={value}
        onChange={(event) => set(Number(event.currentTarget.value))}
      >
        {names.map((name, index) => (
          <option key={index} value={index}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const Legend = ({ best }: Pick<Shown, "best">) => (
  <p class="lr-linekeys" aria-hidden="true">
    {[
      ["model", "the model"],
      ["was", "before the update"],
      ...(best ? [["best", "the best"]] : []),
      ["stick", "residual"],
      ["batch", "in the batch"],
    ].map(([kind, words]) => (
      <span key={kind}>
        <i class={`lr-key-${kind}`} /> {words}
      </span>
    ))}
  </p>
);
