/** What a lesson may hide or lock. */

export type { Control } from "../kernel/contract";

import { say } from "../text/say";

export const LOCKED = say("controls.locked");
