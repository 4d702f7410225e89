/** Names where there is little room: of those that begin alike, what tells them apart (pure). */

/** Letters that a narrow column has room for. */
const ROOM = 14;
/** Of a word whose beginning is shared, the letters that are kept before the first that differs. */
const KEPT = 2;

/** "Average annual rainfall", "Average annual heat" -> "…rainfall", "…heat"; short names as they are. */
export function tellingApart(names: readonly string[]): readonly string[] {
  if (names.every((name) => name.length <= ROOM)) return names;
  // Sorted, a name shares the most letters with one of its neighbours.
  const order = names.map((_, index) => index).sort((a, b) => (at(a) < at(b) ? -1 : 1));
  const short = [...names];
  order.forEach((index, place) => {
    const name = at(index);
    if (name.length <= ROOM) return;
    const beside = [order[place - 1], order[place + 1]];
    const shared = Math.max(...beside.map((one) => sharedBy(name, at(one))));
    const word = name.slice(0, shared).search(/[^\s_.-]*$/);
    const cut = shared - word < ROOM - 3 ? word : shared - KEPT;
    if (cut > 2) short[index] = `…${name.slice(cut)}`;
  });
  return short;

  function at(index = -1): string {
    return names[index] ?? "";
  }
}

/** How long the beginning is that two names share, in whole letters. */
function sharedBy(one: string, other: string): number {
  let length = 0;
  for (const letter of one) {
    if (!other.startsWith(letter, length)) break;
    length += letter.length;
  }
  return length;
}
