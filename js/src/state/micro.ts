/** The microscope's state in one view: the frame, and the entry that is pointed at. */

import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type { Source } from "../kernel/contract";
import type { TraitSignals } from "../kernel/model";
import { type Explanation, explain, partsOf } from "./arithmetic";
import { decodeFrame, type Entry, type Frame } from "./frame";
import { decodeGraph, type Graph, nodeOf } from "./graph";
import type { Scene } from "./words";

export interface Microscope {
  readonly source: ReadonlySignal<Source>;
  readonly frame: ReadonlySignal<Frame>;
  readonly scene: ReadonlySignal<Scene>;
  /** Under the pointer, and with the focus. */
  readonly hovered: Signal<Entry | null>;
  readonly focused: Signal<Entry | null>;
  /** The one that was clicked on: it stays until it or another one is. */
  readonly pinned: Signal<Entry | null>;
  /** The one that is explained: that, or the last one that was pointed at. */
  readonly pointed: ReadonlySignal<Entry | null>;
  readonly explanation: ReadonlySignal<Explanation | null>;
  /** The number of a row of the table that somebody has pointed out, in any of the pictures. */
  readonly chosen: Signal<number | null>;
  /** The places that took part, or those of that row. */
  readonly lit: ReadonlySignal<readonly Entry[]>;
  /** The operations of the update, if they are of the moment shown. */
  readonly graph: ReadonlySignal<Graph | null>;
  /** The node of it that somebody has pointed out; -1: none. */
  readonly picked: Signal<number>;
  /** That, or the node of the tensor under the pointer. */
  readonly node: ReadonlySignal<number>;
  /** The numbers of all rows. */
  readonly fit: ReadonlySignal<DataView>;
  dispose(): void;
}

const NO_SOURCE: Source = {
  name: "",
  article: false,
  first: 1,
  lines: [],
  fold: null,
  yields: [],
};

export const placeKey = ({ row, column }: Pick<Entry, "row" | "column">): string =>
  `${row},${column}`;

export function createMicroscope(traits: TraitSignals): Microscope {
  const source = computed(() => ({ ...NO_SOURCE, ...traits._source.value }));
  const { latest, dispose } = latestOf(traits);
  const frame = computed(() => decodeFrame(latest.value[0], latest.value[1]));
  const fit = computed(() => latest.value[2]);
  const scene = computed<Scene>(() => ({
    frame: frame.value,
    names: { features: [], targets: [], ...traits._names.value },
    article: source.value.article,
  }));
  const hovered = signal<Entry | null>(null);
  const focused = signal<Entry | null>(null);
  const pinned = signal<Entry | null>(null);
  const last = signal<Entry | null>(null);
  const keep = effect(() => {
    const here = hovered.value ?? focused.value;
    if (here) last.value = here;
  });
  const pointed = computed(() => pinned.value ?? hovered.value ?? focused.value ?? last.value);
  const explanation = computed(() => {
    const { article } = source.value;
    return article && pointed.value ? explain(frame.value, pointed.value) : null;
  });
  const chosen = signal<number | null>(null);
  const lit = computed(() => {
    const held = pinned.value ?? hovered.value ?? focused.value;
    if (chosen.value !== null && !held) return entriesOf(frame.value, chosen.value);
    return explanation.value ? partsOf(explanation.value) : [];
  });
  const graph = computed(() => {
    const wire = traits._graph.value;
    const { update, phases, ended } = frame.value;
    const fits = wire.update === update && wire.ended === ended;
    return fits && wire.phases?.length === phases.length
      ? decodeGraph(wire, traits._graph_data.value)
      : null;
  });
  const picked = signal(-1);
  const node = computed(() => {
    const here = hovered.value ?? focused.value;
    return graph.value ? (here ? nodeOf(graph.value, here.tensor) : picked.value) : -1;
  });
  const shared = { source, frame, scene, hovered, focused, pinned, pointed, explanation };
  return {
    ...{ ...shared, chosen, lit, fit, graph, picked, node },
    dispose() {
      keep();
      dispose();
    },
  };
}

/** Where a row of the table stands in a batch: all that has a row for each of the batch's. */
function entriesOf({ index, tensors }: Frame, chosen: number): readonly Entry[] {
  const row = index.indexOf(chosen);
  return tensors.flatMap(({ name, axes, rows, columns }) =>
    axes[0] === "rows" && row >= 0 && row < rows
      ? Array.from({ length: columns }, (_, column) => ({ tensor: name, row, column }))
      : [],
  );
}

/**
 * The traits of the microscope, a moment after the others: where the run stands is on the page before its
 * many tables are laid out. What belongs to another table comes with it.
 */
function latestOf(traits: TraitSignals) {
  const read = () =>
    [traits._frame.value, traits._frame_data.value, traits._fit_data.value] as const;
  const latest = signal(untracked(read));
  let inputs = traits._fit_inputs.peek();
  const dispose = effect(() => {
    const newest = read();
    const table = traits._fit_inputs.value;
    if (table !== inputs) {
      inputs = table;
      latest.value = newest;
      return;
    }
    const timer = setTimeout(() => {
      latest.value = newest;
    });
    return () => clearTimeout(timer);
  });
  return { latest, dispose };
}
