/** Scrolls a box, and only the box, so far that a part of it is seen. */
export function reveal(box: Element | null, part: Element | null | undefined): void {
  if (!box || !part) return;
  const [outer, inner] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
  box.scrollLeft +=
    Math.min(0, inner.left - outer.left - 4) || Math.max(0, inner.right - outer.right + 4);
  box.scrollTop +=
    Math.min(0, inner.top - outer.top - 4) || Math.max(0, inner.bottom - outer.bottom + 4);
}
