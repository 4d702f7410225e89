/** What a lesson may hide or lock: the one list on the page; a Python test holds it against controls.py. */

export type Control =
  | "reset"
  | "back"
  | "step"
  | "run"
  | "step_by"
  | "loss"
  | "timeline"
  | "learning_rate"
  | "ruler"
  | "epochs"
  | "speed"
  | "stop"
  | "standardize"
  | "batch_size"
  | "seed"
  | "shuffle"
  | "curves"
  | "table"
  | "microscope"
  | "set"
  | "line"
  | "predictions"
  | "compare"
  | "data"
  | "valley"
  | "keys";

export type Tab = "loss" | "microscope" | "line" | "predictions" | "compare" | "data" | "valley";

export const LOCKED = "Locked by the lesson";
