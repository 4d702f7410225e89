"""What a reader sees whose page cannot show the widget: what to install, and where.

A kernel and the server whose page shows its outputs may be of two environments. What is missing on
the side of the page the kernel cannot see, so each widget carries the words for it: as the text of
its output, for a page that shows no widgets at all, and as a part of its box, for one that shows
ipywidgets' own but not ours. The page hides that part as soon as all others are there.
"""

from __future__ import annotations

import html
import sys

import ipywidgets

from linreg_widget.errors import NotCopied
from linreg_widget.messages import say

# A page is given some seconds for what it has to load, before it is said that something is missing.
_LATE = (
    "<style>@keyframes linreg-late{{from{{height:0;overflow:hidden}}}}"
    ".linreg-late{{animation:linreg-late 0s 4s both;line-height:1.5}}</style>"
    '<div class="linreg-late">{words}</div>'
)


def _command(*modules: str) -> str:
    """Return how to install the front ends of modules, in the versions that the kernel has."""
    loaded = [sys.modules[name] for name in modules if name in sys.modules]
    return "pip install " + " ".join(f'"{one.__name__}=={one.__version__}"' for one in loaded)


class Notice(NotCopied, ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets publishes no types
    """The part of a box that is seen where the page has not what shows the others."""

    def __init__(self) -> None:
        words = say("elsewhere.not_ours", command=_command("anywidget", "ipympl"))
        super().__init__(_LATE.format(words=html.escape(words)))
        self.add_class("linreg-elsewhere")

    def close(self) -> None:
        """Close this widget, its layout and its style."""
        own = [self.layout, self.style] if hasattr(self, "layout") else []
        for widget in own:
            widget.close()
        super().close()

    @staticmethod
    def in_place_of(words: str) -> str:
        """Return the text of an output, for a page that shows no widgets at all.

        Parameters
        ----------
        words : str
            What the widget says of itself.
        """
        command = _command("ipywidgets", "anywidget", "ipympl")
        return f"{words}\n\n{say('elsewhere.no_widgets', command=command)}"
