/** Small pictures beside words; never instead of them. */

const PATHS = {
  reset: "M3.2 5.2A5.5 5.5 0 1 1 2.5 8M3 1.8v3.6h3.6",
  back: "M3.5 3v10M12.5 3.2v9.6L6 8z",
  step: "M12.5 3v10M3.5 3.2v9.6L10 8z",
  run: "M4 2.6v10.8L13 8z",
  pause: "M5 3v10M11 3v10",
  ready: "M8 3a5 5 0 1 0 0 10A5 5 0 1 0 8 3",
  finished: "M2.5 8.5l4 4 7-9",
  diverged: "M2 13L6 9l2 2 6-8M10 3h4v4",
  lock: "M3.5 7.5h9v6h-9zM5 7.5V5a3 3 0 0 1 6 0v2.5",
  failed: "M3 3l10 10M13 3L3 13",
};

export const Icon = ({ name }: { name: keyof typeof PATHS }) => (
  <svg class={`lr-icon lr-icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
