"""What axe finds wrong in a page; see deque.com/axe. Its script is loaded once in each page."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

__all__ = ["violations"]

_RUN = """([context, options]) =>
  axe.run(context ?? document, { resultTypes: ["violations"], ...options })"""


_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def violations(
    page: Page, within: str | None = ".linreg", *, colours: bool = False, **options: object
) -> list[tuple[str, str]]:
    """Return the rules that a page violates, each with the first element that does.

    Parameters
    ----------
    page : Page
    within : str or None
        The selector of the part to look at, or the whole page.
    colours : bool
        Whether only to look at the colours, since all else was looked at in another theme.
    **options
        axe's own.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    rules = {"runOnly": _OF_COLOURS} if colours else {}
    found = page.evaluate(_RUN, [within, {**options, **rules}])
    least = 1 if colours else 10
    assert len(found["passes"]) >= least, "there is something to look at"
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
