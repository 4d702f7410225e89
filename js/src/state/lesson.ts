/** What a lesson may hide or lock. */

export type { Control, Tab } from "../kernel/contract";

import { say } from "../text/say";

export const whyLocked = (): string => say("controls.locked");
