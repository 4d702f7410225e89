/** The notebook's cells around the panel. */

/** A cell in JupyterLab and Notebook 7, and one in the classic notebook. */
const CELL = ".jp-Cell, .code_cell";
const NEXT = ".jp-Cell, .cell";
const PROMPT = ".jp-InputPrompt, .jp-InputArea, .prompt";

/** Go on to the cell below the panel's, as a notebook does on a click beside a cell's text. */
export function leaveFor(panel: HTMLElement): void {
  const next = panel.closest(CELL)?.nextElementSibling;
  if (!next?.matches(NEXT)) return;
  (panel.ownerDocument.activeElement as HTMLElement | null)?.blur();
  const target = next.querySelector(PROMPT) ?? next;
  for (const kind of ["mousedown", "mouseup", "click"])
    target.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true }));
  next.scrollIntoView({ block: "nearest" });
}
