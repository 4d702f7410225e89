/**
 * Whether a kernel is behind the page, as far as the page can tell (pure).
 *
 * `new` has asked nothing yet, `asked` waits for its first answer, and `silent` waited in vain: there may be
 * no kernel, or a busy one. `live` has been answered, and is `doubted` from when the host says that the
 * connection has changed until the kernel answers again. Whoever cannot even send is `none` if that never
 * worked, and `gone` if it did: the kernel was restarted, was shut down or died. From each of them an answer
 * leads back to `live`.
 */
export type Life = "new" | "asked" | "silent" | "live" | "doubted" | "none" | "gone";

/**
 * A message could be sent, or was refused; one of those sent was answered, or not in time; or something has
 * happened to the connection.
 */
export type LifeEvent = "sent" | "refused" | "heard" | "unheard" | "changed";

const NEXT: Readonly<Record<Life, Partial<Record<LifeEvent, Life>>>> = {
  new: { sent: "asked", refused: "none", heard: "live" },
  asked: { refused: "gone", heard: "live", unheard: "silent" },
  silent: { refused: "gone", heard: "live" },
  live: { refused: "gone", changed: "doubted" },
  doubted: { refused: "gone", heard: "live", unheard: "gone" },
  none: { heard: "live" },
  gone: { heard: "live" },
};

export const following = (life: Life, event: LifeEvent): Life => NEXT[life][event] ?? life;

/** Nothing that is sent arrives. */
export const isOver = (life: Life): boolean => life === "none" || life === "gone";

/** What comes now may be a kernel's last words: only an answer tells that it lives. */
export const needsProof = (life: Life): boolean => life === "doubted" || isOver(life);

/**
 * What the verbs act on: a kernel, the page's own engine, or what is recorded in the page. `still` is a page
 * where that is no more than the moment which it shows.
 */
export type Mode = "kernel" | "trains" | "plays" | "still";

/** Which of them can be used now. */
export interface Abilities {
  readonly back: boolean;
  readonly step: boolean;
  readonly run: boolean;
}

export const modeOf = (moments: number | undefined): Mode =>
  moments === undefined ? "kernel" : moments > 1 ? "plays" : "still";

/**
 * Whether a model's host has a line to a kernel, as far as it tells: the layout of a widget is a model of
 * ipywidgets' own, which has one if a kernel made it. A busy kernel is silent, and so is none.
 */
export function hasLine(model: { get(name: never): unknown }): boolean | undefined {
  const layout = model.get("layout" as never) as { comm_live?: unknown } | undefined;
  return typeof layout?.comm_live === "boolean" ? layout.comm_live : undefined;
}
