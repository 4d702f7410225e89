/** A column's or a row's name over or beside its numbers; what is shown of it may be shorter. */

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
