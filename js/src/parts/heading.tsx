/** Names over a table's columns and beside its rows; what is shown of them may be shorter. */

interface HeadingProps {
  readonly scope: "col" | "row";
  readonly name: string;
  /** What is shown of it. */
  readonly short?: string | undefined;
}

export const Heading = ({ scope, name, short = name }: HeadingProps) => (
  <th scope={scope} title={name} aria-label={short === name ? undefined : name}>
    <bdi>{short}</bdi>
  </th>
);

interface HeadsProps {
  readonly of: readonly string[];
  /** There is a column before them that has no name. */
  readonly corner?: boolean;
}

/** The first line of a table. */
export const Heads = ({ of: names, corner }: HeadsProps) => (
  <thead>
    <tr>
      {corner && <td />}
      {names.map((name, index) => (
        <th key={index} scope="col">
          {name}
        </th>
      ))}
    </tr>
  </thead>
);
