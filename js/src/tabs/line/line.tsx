/** "Data and line": the rows as points, the model as a line that can be taken by its ends. */

import { useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { grown, type Range, rangeOf, widened } from "../../charts/axis";
import { heightAt, type Line, parametersFor, through } from "../../charts/dataline";
import type { FitNames } from "../../kernel/contract";
import { decodeFit } from "../../kernel/decode";
import { Action } from "../../parts/action";
import { into } from "../../parts/attributes";
import { taps } from "../../parts/finger";
import { Heads } from "../../parts/heading";
import { Menu } from "../../parts/menu";
import { Numbers } from "../../parts/numbers";
import { Save } from "../../parts/save";
import { useSize } from "../../parts/size";
import { short } from "../../state/digits";
import { drawsLine, type View } from "../../state/view";
import { explained, isolated, measured } from "../../text/format";
import { say } from "../../text/say";
import { DrawBar, PointHandle, penOf, useDrawing } from "./draw";
import { type Draft, Handle } from "./handle";
import { axesOf, Picture, type Shown, sentences } from "./picture";
import { tableAsCsv } from "./points";
import { decodeColumns, lossesOf, type Reading, read, redrawn, scoreOf } from "./reading";

export function DataAndLine({ view }: { view: View }) {
  const { traits } = view.run;
  const { target, feature } = view.kept;
  const columns = useComputed(() => decodeColumns(traits._fit_inputs.value));
  const others = useComputed(() => decodeColumns(traits._fit_inputs.value, "held_out"));
  const reading = useComputed(() =>
    read(
      {
        fit: traits._fit.value,
        names: traits._names.value,
        columns: columns.value,
        others: others.value,
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
      <Plane view={view} reading={reading} columns={columns.value} />
    </div>
  );
}

interface PlaneProps {
  readonly view: View;
  readonly reading: Reading;
  readonly columns: readonly (readonly number[])[];
}

function Plane({ view, reading: given, columns }: PlaneProps) {
  const { target, feature } = view.kept;
  const { traits, ask } = view.run;
  const alert = traits._alert.value;
  const fit = view.micro.fit.value;
  const barred = view.bar("set");
  const undoBar = view.undoBar.value;
  const { features = [], targets = [] } = traits._names.value;
  const { rows = [], index = [], count: all = rows.length } = traits._fit.value;
  const named = traits._fit.value.named ?? false;
  const whole =
    rows.length === all &&
    features.length === given.centre.length &&
    targets.length === (traits._fit.value.targets?.length ?? 0);
  const { able, drawing } = useDrawing(view, given, index, whole);
  const reading = drawing.on ? redrawn(given, drawing.held.value) : given;
  const { x, y, alone, line, best, before, pull } = reading;
  const draft = useSignal<Draft | null>(null);
  const inHand = draft.value;
  const size = useSize(560, 294);
  const width = Math.max(200, size.width);
  // What the kernel has made of a line that was let go, or why it refused it, takes its place.
  useLayoutEffect(() => {
    if (!draft.peek()?.held) draft.value = null;
  }, [fit, alert, reading.feature, reading.target]);

  const xRange = rangeOf(given.x);
  const mean = reading.centre[reading.feature] ?? 0;
  const ends: readonly [number, number] = [xRange[0] - mean, xRange[1] - mean];
  const at = (which: Line): [number, number] => [
    heightAt(which, ends[0]),
    heightAt(which, ends[1]),
  ];
  const drawn: Line | null = inHand
    ? through([ends[0], inHand.ends[0]], [ends[1], inHand.ends[1]])
    : line;
  const yRange = useRef<Range>([0, 1]);
  if (!inHand && !drawing.held.value) {
    const base = widened(rangeOf([...reading.targets, ...(reading.heldOut?.targets ?? [])]), 0.12);
    yRange.current = grown(base, [...y, ...(reading.heldOut?.y ?? []), ...(line ? at(line) : [])]);
  }
  const asked = drawsLine(view);
  const settable = !barred && line !== null;
  const names = {
    x: features[reading.feature] ?? "x",
    y: targets[reading.target] ?? "y",
  };
  const chosen = index.indexOf(view.micro.chosen.value ?? -1);
  const shown: Shown = {
    reading,
    names,
    xEnds: xRange,
    xRange: widened(rangeOf([...xRange, ...(reading.heldOut?.x ?? [])]), 0.06),
    yRange: yRange.current,
    line: drawn,
    ends,
    best: asked ? null : best,
    before: inHand ? line : before,
    pull,
    dragged: inHand !== null,
    chosen,
    rows,
    width,
    height: width < 420 ? 250 : 294,
  };
  const losses = drawn && lossesOf(reading, drawn);
  const loss = inHand && losses ? losses.now : reading.loss;
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
      <div class="lr-plane" ref={size.box} style={`height:${shown.height}px`}>
        <Picture
          shown={shown}
          choose={(row) => choose(view, index[row])}
          pen={penOf(drawing, shown)}
        />
        {drawing.on && (
          <PointHandle drawing={drawing} shown={shown} describedBy={`${view.id}-draw`} />
        )}
        {settable &&
          ([0, 1] as const).map((end) => (
            <Handle
              key={end}
              shown={shown}
              end={end}
              ends={inHand?.ends ?? at(line)}
              draft={draft}
              commit={commit}
              label={say("line.end", { right: end === 1 })}
              describedBy={`${view.id}-line`}
            />
          ))}
      </div>
      <DrawBar
        {...{ view, able, drawing, shown }}
        csv={whole ? () => tableOf(traits._fit.value, columns, view.micro.fit.value, named) : null}
      />
      <div class="lr-lineside">
        <div class="lr-axesof">
          <Menu
            label={say("line.choice", { choice: "feature" })}
            names={features.slice(0, reading.centre.length)}
            value={reading.feature}
            set={into(feature)}
          />
          <Menu
            label={say("line.choice", { choice: "target" })}
            names={targets.slice(0, traits._fit.value.targets?.length)}
            value={reading.target}
            set={into(target)}
          />
          <Menu
            label={say("line.choice", { choice: "row" })}
            names={["–", ...rows]}
            value={chosen + 1}
            set={(value) => choose(view, index[value - 1], false)}
          />
        </div>
        <div class="lr-linelosses">
          <dl>
            <div>
              <dt>{say("line.loss", { sample: inHand !== null && all > rows.length })}</dt>
              <dd>{measured(loss)}</dd>
            </div>
            <div>
              <dt>{say("line.best_loss")}</dt>
              <dd>{asked || !losses ? "?" : measured(losses.best)}</dd>
            </div>
          </dl>
          <Action
            able={view.undoes.value && !undoBar}
            act={() => ask({ kind: "undo" })}
            title={undoBar ?? say("line.undo_title")}
          >
            {say("line.undo")}
          </Action>
        </div>
        {reading.heldOut && <Sides reading={reading} line={inHand && drawn} />}
        <p class="lr-linewords" id={`${view.id}-line`}>
          {words(shown, settable)}
        </p>
        <p class="lr-linewords" id={`${view.id}-draw`}>
          {drawing.on
            ? say("draw.how")
            : chosen >= 0
              ? rowWords(shown)
              : say("line.point", { taps: taps() })}
        </p>
        <Legend best={shown.best} heldOut={reading.heldOut !== null} />
        <p class="lr-sample">
          {sentences(
            all > rows.length && say("line.sample", { shown: rows.length, all }),
            !alone && say("line.partial"),
            features.length > reading.centre.length &&
              say("line.features", { all: features.length, shown: reading.centre.length }),
          )}
        </p>
      </div>
      <Save name="data-and-line" of={(panel) => panel.querySelector(".lr-picture")} />
      <details class="lr-fold lr-linetable">
        <summary>{say("line.table")}</summary>
        <Numbers
          label={axesOf(names)}
          corner={say("tables.row")}
          rows={rows}
          lit={chosen}
          columns={[
            [names.x, x],
            [alone ? names.y : say("line.column", { column: "point" }), y],
            [
              say("line.column", { column: "line" }),
              x.map((_, i) => (drawn ? heightAt(drawn, reading.fromMean[i] ?? 0) : Number.NaN)),
            ],
            [say("tables.value", { column: "residual" }), residualsOf(shown)],
          ]}
        />
      </details>
    </>
  );
}

/** Point a row out, or no longer. */
function choose(view: View, row: number | undefined, toggle = true): void {
  const { chosen } = view.micro;
  chosen.value = row === undefined || (toggle && chosen.value === row) ? null : row;
}

const residualsOf = ({ line, reading: { fromMean, y } }: Shown) =>
  y.map((each, i) => (line ? heightAt(line, fromMean[i] ?? 0) - each : Number.NaN));

const signed = (x: number) => (x > 0 ? "+" : "") + short(x);
const way = (x = 0) => (x > 0 ? "up" : x < 0 ? "down" : "nowhere");

/** What has just been done to the line, or can be done. */
function words({ line, ends, before, pull, dragged }: Shown, settable: boolean): string {
  if (!line) return say("line.none");
  const [left, right] = [heightAt(line, ends[0]), heightAt(line, ends[1])];
  if (dragged) return say("line.held", { left: short(left), right: short(right) });
  if (pull) {
    const [a, b] = ends.map((end) => heightAt(pull, end));
    return say("line.pull", { left: way(a), right: way(b) });
  }
  if (before) {
    const a = left - heightAt(before, ends[0]);
    const b = right - heightAt(before, ends[1]);
    return say("line.moved", { left: signed(a), right: signed(b) });
  }
  return settable ? say("line.drag") : "";
}

function rowWords(shown: Shown): string {
  const { chosen, rows, names, reading } = shown;
  const { x, targets, predictions } = reading;
  const [a = 0, b = 0, c = 0] = [x[chosen], targets[chosen], predictions[chosen]];
  return say("line.row", {
    row: isolated(rows[chosen] ?? ""),
    feature: isolated(names.x),
    x: short(a),
    target: isolated(names.y),
    y: short(b),
    prediction: short(c),
    residual: short(residualsOf(shown)[chosen] as number),
  });
}

/** All columns that the page has, as CSV. */
function tableOf(
  fit: Partial<FitNames>,
  columns: readonly (readonly number[])[],
  bytes: DataView,
  named: boolean,
): string {
  const targets = decodeFit(fit, bytes).map((one) => one.targets);
  return tableAsCsv(fit.labels ?? [], [...columns, ...targets], named ? (fit.rows ?? []) : null);
}

interface SidesProps {
  readonly reading: Reading;
  /** A line in somebody's hand; null: the model's. */
  readonly line: Line | null;
}

/** Loss, RMSE and R² of the rows trained on, and of those held out. */
function Sides({ reading, line }: SidesProps) {
  const { heldOut } = reading;
  if (!heldOut) return null;
  const rows = [
    { side: reading, rmse: Math.sqrt(reading.loss), r2: reading.r2 },
    { side: heldOut, rmse: heldOut.rmse, r2: heldOut.r2 },
  ].map(({ side, rmse, r2 }) => (line ? scoreOf(line, side) : { rmse, r2 }));
  return (
    <table class="lr-sides" aria-label={say("tables.sides")}>
      <Heads
        corner
        of={["loss", "rmse", "r2"].map((measure) => say("tables.measure", { measure }))}
      />
      <tbody>
        {rows.map(({ rmse, r2 }, index) => (
          <tr key={index}>
            <th scope="row">{say("tables.side", { held_out: index === 1 })}</th>
            <td>{measured(rmse ** 2)}</td>
            <td>{measured(rmse)}</td>
            <td>{explained(r2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface LegendProps extends Pick<Shown, "best"> {
  readonly heldOut: boolean;
}

const Legend = ({ best, heldOut }: LegendProps) => (
  <p class="lr-linekeys" aria-hidden="true">
    {[
      "model",
      "was",
      ...(best ? ["best"] : []),
      "stick",
      "batch",
      ...(heldOut ? ["held"] : []),
    ].map((part) => (
      <span key={part}>
        <i class={`lr-key-${part}`} /> {say("line.legend", { part })}
      </span>
    ))}
  </p>
);
