/** What was said to somebody who has Python at hand, for those who have not (pure). */

import { say } from "./say";

/** How a table would be read otherwise: the last sentence of a note. */
const OPTION = / [^.]*: drop=.* \(--drop\)\.$/;

/** Calls get the names of the controls that do the same. */
export const withoutPython = (words: string): string =>
  words
    .replace(OPTION, "")
    .replace("rescue('best')", say("controls.label", { control: "timeline" }))
    .replace("reset()", say("controls.label", { control: "reset" }));
