/** What a lesson may hide or lock. */

export type { Control } from "../kernel/contract";

export const LOCKED = "Locked by the lesson";
