/** The microscope's state in one view: the frame, and the entry that is pointed at. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Explanation, explain, partsOf } from "./arithmetic";
import { decodeFrame, type Entry, type Frame } from "./frame";
import type { TraitSignals } from "./model";
import { NO_SOURCE, type Source } from "./wire";
import type { Scene } from "./words";

export interface Microscope {
  readonly source: ReadonlySignal<Source>;
  readonly frame: ReadonlySignal<Frame>;
  readonly scene: ReadonlySignal<Scene>;
  /** Under the pointer, and with the focus. */
  readonly hovered: Signal<Entry | null>;
  readonly focused: Signal<Entry | null>;
  /** The one that is explained. */
  readonly pointed: ReadonlySignal<Entry | null>;
  readonly explanation: ReadonlySignal<Explanation | null>;
  /** The places that took part. */
  readonly lit: ReadonlySignal<readonly Entry[]>;
}

export const placeKey = ({ row, column }: Pick<Entry, "row" | "column">): string =>
  `${row},${column}`;

export function createMicroscope(traits: TraitSignals): Microscope {
  const source = computed(() => ({ ...NO_SOURCE, ...traits._source.value }));
  const frame = computed(() => decodeFrame(traits._frame.value, traits._frame_data.value));
  const scene = computed<Scene>(() => ({
    frame: frame.value,
    names: { features: [], targets: [], ...traits._names.value },
    article: source.value.article,
  }));
  const hovered = signal<Entry | null>(null);
  const focused = signal<Entry | null>(null);
  const pointed = computed(() => hovered.value ?? focused.value);
  const explanation = computed(() => {
    const { article } = source.value;
    return article && pointed.value ? explain(frame.value, pointed.value) : null;
  });
  const lit = computed(() => (explanation.value ? partsOf(explanation.value) : []));
  return { source, frame, scene, hovered, focused, pointed, explanation, lit };
}
