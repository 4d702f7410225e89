/** What a lesson may hide or lock: the one list on the page; a Python test holds it against controls.py. */

import { say } from "../text/say";

export type Control =
  | "reset"
  | "back"
  | "step"
  | "run"
  | "step_by"
  | "timeline"
  | "learning_rate"
  | "epochs"
  | "speed"
  | "stop"
  | "standardize"
  | "microscope"
  | "set"
  | "predictions"
  | "data"
  | "table"
  | "compare"
  | "keys"
  | "curves"
  | "valley";

export const LOCKED = say("controls.locked");
