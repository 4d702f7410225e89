/** A menu with its label: one of several names, told by its place among them. */

interface MenuProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly value: number;
  readonly set: (value: number) => void;
  /** The label's class. */
  readonly look?: string;
}

export const Menu = ({ label, names, value, set, look }: MenuProps) => (
  <label class={look}>
    <span class="lr-label">{label}</span>
    <select
      class="lr-field"
      value={value}
      onChange={(event) => set(Number(event.currentTarget.value))}
    >
      {names.map((name, index) => (
        <option key={index} value={index}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
