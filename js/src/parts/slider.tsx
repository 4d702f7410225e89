/** A slider over good values with a number field beside it; the two ways to set one number. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../text/say";
import { positionOf, type Scale, stepped, valueAt } from "../text/scales";
import { barredBy } from "./attributes";
import { Field, type FieldProps } from "./field";
import { useFinger } from "./finger";
import { Lock, Locked } from "./lock";
import { Refused } from "./refused";

interface SliderProps extends Omit<FieldProps, "describedBy"> {
  readonly scale: Scale;
  /** How many positions PageUp and PageDown move. */
  readonly page: number;
  /** What lies under the thumb: zones, marks. */
  readonly track?: ComponentChildren;
  /** A few words on what the value means here. */
  readonly note: ComponentChildren;
  /** What stands beside the field. */
  readonly children?: ComponentChildren;
}

export function Slider(props: SliderProps) {
  const { view, control, value, scale, note } = props;
  const needs = view.bar(control, props.own);
  const key = control.replaceAll("_", "-");
  const noteId = `${view.id}-${key}-note`;
  const rangeId = `${view.id}-${key}`;
  const drag = useDrag(props.set);
  const finger = useFinger();
  /** Where the browser has put the thumb under a finger that may have come to scroll. */
  const touched = useRef<number | null>(null);
  const shown = drag.draft.value ?? value;
  const position = positionOf(scale, shown);
  if (view.hidden(control)) return null;
  return (
    <div class={`lr-knob lr-knob-${key}`}>
      <label class="lr-label" for={rangeId}>
        {say("controls.label", { control })}
        <Lock view={view} control={control} />
      </label>
      <div class="lr-slider" style={`--at:${position / (scale.length - 1)}`}>
        <div class="lr-track">{props.track}</div>
        <input
          id={rangeId}
          type="range"
          min={0}
          max={scale.length - 1}
          step="any"
          value={position}
          aria-valuetext={props.show(shown)}
          aria-describedby={noteId}
          {...barredBy(needs)}
          onInput={(event: TargetedEvent<HTMLInputElement>) => {
            const input = event.currentTarget;
            const chosen = needs ? shown : valueAt(scale, input.valueAsNumber);
            const counts = [null, "drags"].includes(finger.doing());
            input.value = String(positionOf(scale, counts ? chosen : shown));
            if (counts) drag.propose(chosen);
            else touched.current = chosen;
          }}
          onChange={drag.release}
          onPointerDown={(event) => {
            touched.current = null;
            finger.down(event);
          }}
          onPointerMove={finger.move}
          onPointerUp={(event) => {
            if (finger.up(event) && touched.current !== null) drag.propose(touched.current);
            drag.release();
          }}
          onPointerCancel={finger.cancel}
          onTouchEnd={finger.gone}
          onTouchCancel={finger.gone}
          onBlur={drag.release}
          onKeyDown={(event: TargetedKeyboardEvent<HTMLInputElement>) => {
            const next = afterKey(event.key, scale, shown, props.page);
            if (next === null) return;
            event.preventDefault();
            if (view.bar(control, true)) return;
            drag.propose(next);
            drag.release();
          }}
        />
      </div>
      <Field {...props} value={shown} describedBy={noteId} />
      {control !== "learning_rate" && <Refused view={view} control={control} />}
      {props.children}
      <span class={control === "learning_rate" ? "lr-note" : "lr-spoken"} id={noteId}>
        <Locked view={view} control={control} />
        {note}
      </span>
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
};

/** Where a key moves a slider: its positions are even, but the native steps would miss good values. */
export function afterKey(key: string, scale: Scale, value: number, page: number): number | null {
  if (key === "Home") return valueAt(scale, 0);
  if (key === "End") return valueAt(scale, scale.length - 1);
  const by = key === "PageUp" ? page : key === "PageDown" ? -page : STEPS[key];
  return by ? stepped(scale, value, by) : null;
}

/** While the user drags, the draft rules and reaches the kernel once a frame; after it, the trait. */
function useDrag(set: (value: number) => void) {
  const draft = useSignal<number | null>(null);
  const frame = useRef(0);
  const flush = () => {
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    if (draft.value !== null) set(draft.value);
  };
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return {
    draft,
    propose(value: number) {
      draft.value = value;
      frame.current ||= requestAnimationFrame(() => {
        frame.current = 0;
        if (draft.value !== null) set(draft.value);
      });
    },
    release() {
      flush();
      draft.value = null;
    },
  };
}
