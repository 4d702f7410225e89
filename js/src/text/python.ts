/** What was said to somebody who has Python at hand, for those who have not (pure). */

import { say } from "./say";

/** How a table would be read otherwise: the last sentence of a note. */
const OPTION = / [^.]*: drop=.* \(--drop\)\.$/;
/** Calls, and the controls that do the same. */
const CALLS = [
  ["rescue('best')", "timeline"],
  ["reset()", "reset"],
] as const;

export const withoutPython = (words: string): string =>
  CALLS.reduce(
    (said, [call, control]) => said.replace(call, say("controls.label", { control })),
    words.replace(OPTION, ""),
  );
