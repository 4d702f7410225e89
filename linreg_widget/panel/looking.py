"""What the windows of a page show of a panel, and how much room they have for the loss plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_PIXELS = 10_000  # of a page


class Looking:
    """Keeps what the windows of a page have told of themselves."""

    def __init__(self) -> None:
        self._wide: set[object] = set()  # windows that show the loss beside the open tab

    def opened(self, tab: str) -> frozenset[str]:
        """Return the tabs that are seen: the open one, and in a wide window a second one.

        Parameters
        ----------
        tab : str
            The one that is open.
        """
        if not self._wide:
            return frozenset({tab})
        return frozenset({"loss", "microscope" if tab == "loss" else tab})

    def take(self, look: Mapping[str, Any]) -> tuple[int, int] | None:
        """Take over what a window tells, and return its room for the plot, if that is a size.

        Parameters
        ----------
        look : mapping
            A ``requests.Look``, from anywhere.

        Returns
        -------
        tuple of int or None
            Width and height in the page's pixels.
        """
        note = self._wide.add if look.get("beside") is True else self._wide.discard
        note(str(look.get("client")))
        width, height = look.get("width"), look.get("height")
        if not (isinstance(width, int) and isinstance(height, int)):
            return None
        is_size = min(width, height) > 0 and max(width, height) < _MOST_PIXELS
        return (width, height) if is_size else None
