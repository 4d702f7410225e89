/** Room that a plot beside the panel is put into; see plots.ts. */

interface HoleProps {
  readonly kind: "loss" | "valley";
}

export const Hole = ({ kind }: HoleProps) => (
  <div class={`lr-hole lr-hole-${kind}`} data-plot={kind} />
);
