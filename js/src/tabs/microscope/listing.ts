/** The source as it is listed: code lines, and the phases that end after them. */

import type { Lines, Source, Token } from "../../kernel/contract";

export interface Row {
  /** Of the source's lines. */
  readonly index: number;
  readonly number: number;
  readonly tokens: readonly Token[];
  /** Phases that are finished when this line is. */
  readonly ends: string[];
}

/** Every line but the yields: a phase ends on the line before its yield, and the last phase with the code. */
export function listing({ lines, first, yields, article }: Source): Row[] {
  const rows: Row[] = [];
  lines.forEach((tokens, index) => {
    const end = yields.find(({ line }) => line === index);
    if (end) rows.at(-1)?.ends.push(end.name);
    else rows.push({ index, number: first + index, tokens, ends: [] });
  });
  rows.at(-1)?.ends.push(article ? "zero" : "return");
  return rows;
}

export const isWithin = (lines: Lines | null, index: number): boolean =>
  lines !== null && index >= lines[0] && index <= lines[1];

/** The first line from `index` on that is listed. */
export const shownLine = (rows: readonly Row[], index: number | null): number | undefined =>
  rows.find((row) => index !== null && row.index >= index)?.index;

/** A line of the body by itself: without its function's indentation, and without a comment at its end. */
export function brief(tokens: readonly Token[]): readonly Token[] {
  const code = tokens.filter(([kind]) => kind !== "comment");
  if (!code.some(([, text]) => text.trim())) return tokens;
  const [first, ...others] = code;
  const bare = first && ([first[0], first[1].replace(/^ {4}/, "")] as const);
  return bare ? [bare, ...others] : others;
}

export const commentIn = (tokens: readonly Token[]): string | undefined =>
  tokens.find(([kind]) => kind === "comment")?.[1];
