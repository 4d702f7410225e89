/** An end of the line, to be dragged up and down, or moved by keys: a slider that stands upright. */

import type { Signal } from "@preact/signals";
import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";
import { short } from "../../state/digits";
import { type Shown, scaleOf } from "./picture";

/** The heights of the line's ends while a hand holds one of them, and until the kernel has set them. */
export interface Draft {
  readonly ends: readonly [left: number, right: number];
  readonly held: boolean;
}

interface HandleProps {
  readonly shown: Shown;
  readonly end: 0 | 1;
  /** Where both ends are now. */
  readonly ends: readonly [number, number];
  readonly draft: Signal<Draft | null>;
  readonly commit: () => void;
  readonly label: string;
  readonly describedBy: string;
}

/** Shares of the axis that a key moves by. */
const KEYS: Readonly<Record<string, number>> = {
  ArrowUp: 0.01,
  ArrowRight: 0.01,
  ArrowDown: -0.01,
  ArrowLeft: -0.01,
  PageUp: 0.1,
  PageDown: -0.1,
};

export function Handle({ shown, end, ends, draft, commit, label, describedBy }: HandleProps) {
  const scale = scaleOf(shown);
  const [low, high] = shown.yRange;
  const left = scale.x(shown.xEnds[end]);
  const edge = (y: number) => Math.min(scale.y(low), Math.max(scale.y(high), y));
  const top = edge(scale.y(ends[end]));
  /** From the pointer to the end of the line, in pixels. */
  const grip = useRef(0);
  const move = (height: number) => {
    const both: [number, number] = [...ends];
    both[end] = height;
    draft.value = { ends: both, held: true };
  };
  const release = () => {
    if (draft.value?.held) commit();
  };
  const own = (event: TargetedPointerEvent<HTMLElement>) => {
    const frame = event.currentTarget.parentElement as HTMLElement;
    return event.clientY - frame.getBoundingClientRect().y;
  };
  const cancel = () => {
    draft.value = null;
  };
  return (
    <div
      class="lr-handle"
      role="slider"
      tabIndex={0}
      data-keys="own"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round((100 * (scale.back(top) - low)) / (high - low))}
      aria-valuetext={short(ends[end])}
      aria-describedby={describedBy}
      style={`left:${left}px;top:${top}px`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = top - own(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          move(scale.back(edge(own(event) + grip.current)));
      }}
      onLostPointerCapture={release}
      onPointerCancel={cancel}
      onKeyDown={(event: TargetedKeyboardEvent<HTMLElement>) => {
        const by = KEYS[event.key];
        if (event.key === "Escape") cancel();
        else if (by) move(ends[end] + by * (high - low));
        else return;
        event.preventDefault();
      }}
      onKeyUp={release}
      onBlur={release}
    />
  );
}
