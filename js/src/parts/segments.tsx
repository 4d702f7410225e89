/** One of a few choices, side by side. */

interface SegmentsProps<Choice extends string> {
  /** Of the group, on this page only. */
  readonly name: string;
  readonly choices: readonly Choice[];
  readonly chosen: Choice;
  readonly show: (choice: Choice) => string;
  readonly set: (choice: Choice) => void;
  readonly disabled?: boolean;
  /** The group's accessible name, where it is one by itself. */
  readonly label?: string;
}

export const Segments = <Choice extends string>({
  name,
  choices,
  chosen,
  show,
  set,
  disabled,
  label,
}: SegmentsProps<Choice>) => (
  <span class="lr-segments" {...(label && { role: "radiogroup", "aria-label": label })}>
    {choices.map((each) => (
      <label key={each} class="lr-segment">
        <input
          type="radio"
          name={name}
          value={each}
          checked={each === chosen}
          disabled={disabled}
          onChange={() => set(each)}
        />
        <span>{show(each)}</span>
      </label>
    ))}
  </span>
);
