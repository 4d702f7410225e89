/** Drawing in data and line: points are added, moved and removed, and the run begins again on each new table. */

import { type Signal, useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Range } from "../../charts/axis";
import { MOST_POINTS, type Point } from "../../kernel/contract";
import { Action } from "../../parts/action";
import { into, TYPED } from "../../parts/attributes";
import { Copy } from "../../parts/copy";
import { Lock } from "../../parts/lock";
import { Switch } from "../../parts/switch";
import { short } from "../../state/digits";
import type { View } from "../../state/view";
import { isolated } from "../../text/format";
import { say } from "../../text/say";
import { readCell } from "../../text/settings";
import { type Pen, type Shown, scaleOf } from "./picture";
import {
  added,
  moved,
  PATTERNS,
  type Pattern,
  patternOf,
  placed,
  removed,
  titleOf,
} from "./points";
import type { Reading } from "./reading";

/** A point in somebody's hand, or let go and not yet in the kernel's table. */
export interface Held {
  readonly at: number;
  readonly x: number;
  readonly y: number;
  /** It was let go: the kernel has been asked. */
  readonly sent: boolean;
}

export interface Drawing {
  /** Whether the table is one that can be drawn, and drawing is on. */
  readonly on: boolean;
  readonly held: Signal<Held | null>;
  readonly points: readonly Point[];
  /** The point that keys and buttons mean. */
  readonly at: number;
  choose(at: number): void;
  /** Say where the point is now; `drop` lets the kernel have it. */
  hold(at: number, x: number, y: number): void;
  drop(): void;
  cancel(): void;
  add(x: number, y: number): void;
  remove(at: number): void;
  /** Start from a pattern, whatever the table is. */
  start(pattern: Pattern): void;
}

/** `index`: the rows' numbers; `whole`: whether all of them are here. */
export function useDrawing(view: View, reading: Reading, index: readonly number[], whole: boolean) {
  const { ask, traits } = view.run;
  const held = useSignal<Held | null>(null);
  const inputs = traits._fit_inputs.value;
  const alert = traits._alert.value;
  useLayoutEffect(() => {
    // What is still in the hand is no answer's to take.
    if (held.peek()?.sent) held.value = null;
  }, [inputs, alert]);
  const { features = [], targets = [] } = traits._names.value;
  const columns = [...features, ...targets];
  const able = whole && reading.alone && targets.length === 1;
  // What was drawn last, while the kernel has not answered: the next act goes on from there.
  const { drafts } = view.kept;
  const waits = view.turning.value;
  const shown = reading.x.map((x, i) => ({ x, y: reading.targets[i] ?? 0, row: index[i] ?? -1 }));
  const drafted = waits ? drafts.value.at(-1) : shown;
  const points = drafted ?? shown;
  const { chosen } = view.micro;
  const found = points.findIndex(({ row }) => row === chosen.value);
  const send = (next: readonly Point[], pattern = "") => {
    if (view.bar("draw")) return;
    // What is undone without an answer leads to a table that only the kernel knows.
    if (!(drafted || pattern)) {
      held.value = null;
      view.refuse(say("draw.unsettled"));
      return;
    }
    const before = waits ? drafts.value : [shown];
    drafts.value = [...before, next.map((point, row) => ({ ...point, row }))];
    ask({ kind: "draw", points: next, pattern });
  };
  const drawing: Drawing = {
    on: able && view.kept.draw.value && !view.hidden("draw") && !view.bar("draw"),
    held,
    points,
    at: Math.max(0, found),
    choose(at) {
      chosen.value = points[at]?.row ?? null;
    },
    hold(at, x, y) {
      held.value = { at, x, y, sent: false };
    },
    drop() {
      const now = held.value;
      if (!now || now.sent) return;
      held.value = { ...now, sent: true };
      send(moved(points, now.at, now.x, now.y));
    },
    cancel() {
      held.value = null;
    },
    add(x, y) {
      if (points.length >= MOST_POINTS) view.refuse(say("draw.all", { most: MOST_POINTS }));
      else if (!(drafted || view.bar("draw")))
        ask({ kind: "draw", points: added([], x, y), pattern: "", onto: columns });
      else {
        // Rows are numbered anew, from 0: the new one is the last.
        chosen.value = points.length;
        send(added(points, x, y));
      }
    },
    remove(at) {
      if (points.length === 1) view.refuse(say("draw.last"));
      else {
        chosen.value = Math.min(at, points.length - 2);
        send(removed(points, at));
      }
    },
    start(pattern) {
      chosen.value = null;
      view.kept.draw.value = true;
      send(patternOf(pattern), titleOf(pattern));
    },
  };
  return { able, drawing };
}

/** What the pointer does on the picture while points are drawn. */
export function penOf({ on, hold, drop, cancel, choose, add }: Drawing, shown: Shown): Pen | null {
  if (!on) return null;
  const place = (x: number, y: number) =>
    [placed(x, shown.xRange), placed(y, shown.yRange)] as const;
  return {
    hold: (at, x, y) => hold(at, ...place(x, y)),
    drop,
    cancel,
    choose,
    add: (x, y) => add(...place(x, y)),
  };
}

/** Shares of an axis that an arrow key moves a point by: right and up. */
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0.01, 0],
  ArrowLeft: [-0.01, 0],
  ArrowUp: [0, 0.01],
  ArrowDown: [0, -0.01],
};

interface HandleProps {
  readonly drawing: Drawing;
  readonly shown: Shown;
  readonly describedBy: string;
}

/** The chosen point as something to focus: keys move it, add one, remove it and go to the next. */
export function PointHandle({ drawing, shown, describedBy }: HandleProps) {
  const { at, points, held } = drawing;
  const here = held.value?.at === at ? held.value : points[at];
  const button = useRef<HTMLButtonElement>(null);
  const wasFocused = useRef(false);
  useLayoutEffect(() => {
    // A point that was added or removed by a key leaves the keys to the one chosen now.
    if (wasFocused.current) button.current?.focus({ preventScroll: true });
  }, [points.length]);
  if (!here) return null;
  const scale = scaleOf(shown);
  const edge = ([low, high]: Range, value: number) => Math.min(high, Math.max(low, value));
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLButtonElement>) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    const way = ARROWS[key];
    const { xRange, yRange } = shown;
    if (way) {
      const times = shiftKey ? 10 : 1;
      const by = (range: Range, share: number) => times * share * (range[1] - range[0]);
      drawing.hold(
        at,
        edge(xRange, way[0] ? placed(here.x + by(xRange, way[0]), xRange) : here.x),
        edge(yRange, way[1] ? placed(here.y + by(yRange, way[1]), yRange) : here.y),
      );
    } else if (key === "Escape") drawing.cancel();
    else if (key === "Delete" || key === "Backspace") drawing.remove(at);
    else if (key === "Insert" || key === "+") beside(drawing, shown);
    else if (key === "PageDown") drawing.choose((at + 1) % points.length);
    else if (key === "PageUp") drawing.choose((at + points.length - 1) % points.length);
    else if (key === "Home" || key === "End")
      drawing.choose(key === "Home" ? 0 : points.length - 1);
    else return;
    event.preventDefault();
  };
  return (
    <button
      ref={button}
      type="button"
      class="lr-pointhandle"
      data-keys="own"
      aria-label={say("draw.point", {
        row: isolated(shown.rows[at] ?? ""),
        feature: isolated(shown.names.x),
        x: short(here.x),
        target: isolated(shown.names.y),
        y: short(here.y),
      })}
      aria-roledescription={say("draw.kind")}
      aria-describedby={describedBy}
      style={`left:${scale.x(here.x)}px;top:${scale.y(here.y)}px`}
      onFocus={() => {
        wasFocused.current = true;
        drawing.choose(at);
      }}
      onBlur={() => {
        wasFocused.current = false;
        drawing.drop();
      }}
      onKeyDown={onKeyDown}
      onKeyUp={drawing.drop}
    />
  );
}

/** Add a point beside the chosen one, where it can be seen and moved on. */
function beside(drawing: Drawing, { xRange, yRange }: Shown): void {
  const here = drawing.points[drawing.at];
  if (!here) return;
  const [low, high] = xRange;
  const step = 0.04 * (high - low);
  const x = here.x + (here.x + step > high ? -step : step);
  drawing.add(placed(x, xRange), placed(here.y, yRange));
}

interface BarProps {
  readonly view: View;
  readonly able: boolean;
  readonly drawing: Drawing;
  readonly shown: Shown;
  /** The table as text; null where not all of it is here. */
  readonly csv: (() => string) | null;
}

/** What is drawn with: the switch, the chosen point's numbers, patterns to start from, the table as text. */
export function DrawBar({ view, able, drawing, shown, csv }: BarProps) {
  const bar = view.bar("draw");
  const { on, at, points } = drawing;
  if (view.hidden("draw"))
    return csv && <Copy of={csv} label={say("draw.copy")} title={say("files.copy_title")} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div class="lr-drawbar" role="group" aria-label={say("draw.group")}>
      {able && (
        <Switch on={on} set={into(view.kept.draw)} bar={bar} title={bar ?? say("draw.title")}>
          {say("draw.draw")}
          <Lock view={view} control="draw" />
        </Switch>
      )}
      {on && (
        <>
          <Coordinate {...{ view, drawing, name: shown.names.x, axis: "x" }} />
          <Coordinate {...{ view, drawing, name: shown.names.y, axis: "y" }} />
          <Action
            able={points.length < MOST_POINTS}
            act={() => beside(drawing, shown)}
            title={say("draw.act_title", { act: "add" })}
          >
            {say("draw.act", { act: "add" })}
          </Action>
          <Action
            able={points.length > 1}
            act={() => drawing.remove(at)}
            title={say("draw.act_title", { act: "remove" })}
          >
            {say("draw.act", { act: "remove" })}
          </Action>
        </>
      )}
      <label class="lr-start">
        <span class="lr-label">{say("draw.start")}</span>
        <select
          class="lr-field"
          value=""
          disabled={bar !== undefined}
          title={bar}
          onChange={({ currentTarget }) => {
            const { value } = currentTarget;
            currentTarget.value = "";
            if (value) drawing.start(value as Pattern);
          }}
        >
          <option value="">{say("draw.choose")}</option>
          {PATTERNS.map((pattern) => (
            <option key={pattern} value={pattern}>
              {titleOf(pattern)}
            </option>
          ))}
        </select>
        {!able && <Lock view={view} control="draw" />}
      </label>
      {csv && <Copy of={csv} label={say("draw.copy")} title={say("files.copy_title")} />}
    </div>
  );
}

interface CoordinateProps {
  readonly view: View;
  readonly drawing: Drawing;
  readonly name: string;
  readonly axis: "x" | "y";
}

/** One of the chosen point's numbers, to be typed. */
function Coordinate({ view, drawing, name, axis }: CoordinateProps) {
  const typing = useSignal<string | null>(null);
  const { at, points, held } = drawing;
  const here = held.value?.at === at ? held.value : points[at];
  if (!here) return null;
  const commit = () => {
    const text = typing.value;
    typing.value = null;
    if (text === null) return;
    const value = readCell(name, text);
    if (typeof value === "string") view.refuse(value);
    else if (value !== here[axis]) {
      drawing.hold(at, axis === "x" ? value : here.x, axis === "y" ? value : here.y);
      drawing.drop();
    }
  };
  return (
    <label class="lr-coordinate">
      <bdi>{name}</bdi>
      <input
        class="lr-field"
        {...TYPED}
        value={typing.value ?? String(Number(here[axis].toPrecision(7)))}
        onInput={(event) => {
          typing.value = event.currentTarget.value;
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          else if (event.key === "Escape") typing.value = null;
        }}
      />
    </label>
  );
}
