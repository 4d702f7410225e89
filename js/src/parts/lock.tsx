/** The sign of a locked control, for the eye; its title and its description say the same. */

import type { Control } from "../kernel/contract";
import { type View, whyLocked } from "../state/view";
import { Icon } from "./icon";

interface LockProps {
  readonly view: View;
  readonly control: Control;
}

export const Lock = ({ view, control }: LockProps) =>
  view.locked(control) ? <Icon name="lock" /> : null;

/** For a control that is described by its note, which hides its title from screen readers. */
export const Locked = ({ view, control }: LockProps) =>
  view.locked(control) ? <span class="lr-spoken">{whyLocked()}. </span> : null;
