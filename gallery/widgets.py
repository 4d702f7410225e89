"""A widget's saved state, as what a page's script needs to make it alive again.

A ``TrainerWidget`` is a box with a panel, perhaps a canvas, and perhaps the valley with words. The
panel gets its traits back and draws the losses itself; of the valley there is the last picture.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg_widget.plots.valley.plot import CLICKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Part", "Picture", "States", "Words", "as_script"]

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
            for child in state["children"]:
                yield from self.parts_of(child)
        elif kind == "AnyModel":
            yield Panel(model)
        elif kind == "MPLCanvasModel" and "linreg-valley" not in classes:
            return  # of the losses, which the panel draws
        elif kind == "MPLCanvasModel":
            width, height = map(round, state["_size"])
            png = b64decode(state["_data_url"].partition(",")[2])
            yield Picture(png, classes, (width, height))
        elif kind == "LabelModel":
            yield Words(state["value"].removesuffix(CLICKS).strip())
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
        packed = {buffer["path"][0]: buffer["data"] for buffer in saved.get("buffers", ())}
        return {"bytes": sorted(packed), "traits": traits | packed}


def as_script(models: Mapping[str, Any]) -> str:
    """Return models as JSON that cannot end the script that it stands in."""
    return json.dumps(models, separators=(",", ":")).replace("<", "\\u003c")
