"""A widget's saved state, as a page's script needs it to bring the widget back.

A ``TrainerWidget`` is a box with a panel, perhaps a canvas, and perhaps the valley with words. The
panel gets back the traits that its page needs, and draws the losses itself; the valley is its last
picture, where the lesson has opened its tab.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg_widget.messages import say
from linreg_widget.panel.page import begun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KIND = "application/vnd.jupyter.widget-state+json"
_POINTER = "IPY_MODEL_"
_NOT_TRAITS = ("_esm", "_css", "_anywidget_id", "_dom_classes", "layout", "tabbable", "tooltip")


class Panel(NamedTuple):
    """A panel, by its model's id."""

    model: str


class Picture(NamedTuple):
    """A picture that was drawn by the kernel."""

    png: bytes
    classes: str
    """Those of its widget."""
    size: tuple[int, int]
    """Width and height in pixels of the page."""


class Words(NamedTuple):
    """A line of text."""

    text: str


Part = Panel | Picture | Words


class States:
    """The states of all widgets of a notebook that was run.

    Parameters
    ----------
    notebook : mapping
        The notebook.
    """

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        self._states = notebook["metadata"].get("widgets", {}).get(_KIND, {}).get("state", {})

    def parts_of(self, model: str) -> Iterator[Part]:
        """Yield what is to be seen of a widget, from the top down."""
        model = model.removeprefix(_POINTER)
        saved = self._states[model]
        state, kind = saved["state"], saved["model_name"]
        classes = " ".join(state.get("_dom_classes", ()))
        if kind == "VBoxModel":
            parts = [part for child in state["children"] for part in self.parts_of(child)]
            panels = {part.model for part in parts if isinstance(part, Panel)}
            open_tabs = {self._states[panel]["state"].get("tab") for panel in panels}
            # Elsewhere it would tell what the lesson asks only later, or be of another run.
            unasked = (Picture, Words) if panels and "valley" not in open_tabs else ()
            yield from (part for part in parts if not isinstance(part, unasked))
        elif kind == "AnyModel":
            yield Panel(model)
        elif kind == "MPLCanvasModel" and "linreg-valley" not in classes:
            return  # of the losses, which the panel draws
        elif "linreg-elsewhere" in classes:
            return  # it is for a page that lacks the panel
        elif kind == "MPLCanvasModel":
            width, height = map(round, state["_size"])
            png = b64decode(state["_data_url"].partition(",")[2])
            yield Picture(png, classes, (width, height))
        elif kind == "LabelModel":
            yield Words(state["value"].removesuffix(say("valley.clicks")).strip())
        elif kind != "DropdownModel":  # which would need a kernel
            raise ValueError(f"a page cannot show a {kind}; teach it to gallery/widgets.py.")

    def model(self, model: str) -> dict[str, Any]:
        """Return a panel's traits, and the names of those that are bytes, in Base64."""
        saved = self._states[model]
        state = saved["state"]
        traits = {
            name: value
            for name, value in state.items()
            if name not in _NOT_TRAITS and not name.startswith(("_model_", "_view_"))
        }
        packed = {one["path"][0]: b64decode(one["data"]) for one in saved.get("buffers", ())}
        traits |= packed
        if traits["_rows"]:
            traits = begun(traits, traits["update"])
        names = sorted(name for name, value in traits.items() if isinstance(value, bytes))
        traits |= {name: b64encode(traits[name]).decode() for name in names}
        return {"bytes": names, "traits": traits}


def as_script(models: Mapping[str, Any]) -> str:
    """Return models as JSON that cannot end the script in which it stands."""
    return json.dumps(models, separators=(",", ":")).replace("<", "\\u003c")
