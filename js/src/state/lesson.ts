/** What a lesson may hide or lock: the one list on the page; a Python test holds it against controls.py. */

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
  | "line"
  | "predictions"
  | "data"
  | "table"
  | "compare"
  | "keys"
  | "curves"
  | "valley";

export const LOCKED = "Locked by the lesson";
