"""Pictures of runs in a notebook's outputs, for where no widget is shown: they follow the runs.

A new widget's plot is drawn at the end of its cell: the page has the panel by then.

A widget is often shown first and run in a later cell. Then its output has no picture yet, and an
output can only be replaced by its name, a ``display_id``. So each output that holds one of our
widgets gets a name, the result of a cell as well, for which IPython has none; and at the end of a
cell that has moved a run, what its outputs hold is sent anew.

That is so until a page speaks, which shows the widget itself: then the picture saved beside it
stays what it was as the widget was shown. It cannot be had otherwise. JupyterLab makes a new view
whenever an output is replaced (its renderer calls ``create_view``), so that what was typed or
opened there would be lost; and a page cannot write into its notebook.

JupyterLab also replaces no result of a cell: its ``OutputArea`` keeps the ``display_id`` of a
``display_data`` message alone. A result could be sent as such a message, as ipywidgets 7 did; but
then a cell that ends in ``w`` has no ``Out[n]``, and programs that look for its ``execute_result``
find none. So only a JupyterLab that has no front end for widgets shows an old picture there.
``display(w)`` and ``%%linreg`` follow the run there too, and so do both in nbclient, which executes
notebooks for nbconvert, papermill and Quarto.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from IPython.display import display

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linreg_widget.training import Trainer

    from .panel import TrainerPanel

_VIEW = "application/vnd.jupyter.widget-view+json"


def model_in(data: object) -> str | None:
    """Return the id of the widget's model that a MIME bundle shows, or None."""
    view = data.get(_VIEW) if isinstance(data, dict) else None
    return view.get("model_id") if isinstance(view, dict) else None


def view_of(widget: Pictured) -> dict[str, Any] | None:
    """Return the MIME bundle of a widget that is open: ipywidgets 7 only makes it to display it."""
    if widget.is_closed:
        return None
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"text/plain": repr(widget).partition("\n")[0][:110], _VIEW: view}


def display_view(widget: Any, **kwargs: Any) -> None:
    """Display a widget as ipywidgets 7 does, which Colab has; but with the picture of its run."""
    display(widget._repr_mimebundle_(), raw=True)
    widget._handle_displayed(**kwargs)  # noqa: SLF001 - it is named so there


class Pictured(Protocol):
    """A widget whose outputs have a picture."""

    model_id: str
    is_closed: bool
    trainer: Trainer
    panel: TrainerPanel

    def draw_first(self) -> None:
        """Draw the plot, if nothing has yet."""

    def _repr_mimebundle_(self) -> dict[str, Any] | None: ...


def _seen_in_picture(widget: Pictured) -> tuple[object, ...]:
    """Return what a picture shows of a run, to be compared; empty where there is none."""
    trainer = widget.trainer
    seen = (trainer.stamp, len(trainer.kept), *widget.panel.curves)
    return seen if len(trainer.recording) else ()


class Outputs:
    """The outputs of a notebook that hold a widget, by their names.

    Parameters
    ----------
    shell : InteractiveShell
        Only one with a kernel has outputs that can be replaced.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._widgets: WeakValueDictionary[str, Pictured] = WeakValueDictionary()
        self._held: WeakKeyDictionary[Pictured, dict[str, tuple[object, ...]]] = WeakKeyDictionary()
        self._new: WeakSet[Pictured] = WeakSet()
        if hasattr(shell, "kernel"):
            self._name_what_is_displayed(shell.display_pub)
            self._name_results(shell.displayhook)
            shell.events.register("post_run_cell", self._on_cell_end)

    def add(self, widget: Pictured) -> None:
        """Follow a new widget."""
        self._widgets[widget.model_id] = widget
        self._new.add(widget)

    def _name_what_is_displayed(self, publisher: Any) -> None:
        publish = publisher.publish

        @functools.wraps(publish)
        def published(data: Any, *args: Any, **options: Any) -> Any:
            transient = options.get("transient") or {}
            if name := self._named(data, transient.get("display_id")):
                options["transient"] = {**transient, "display_id": name}
            return publish(data, *args, **options)

        publisher.publish = published

    def _name_results(self, hook: Any) -> None:
        write = hook.write_format_data

        @functools.wraps(write)
        def written(format_dict: Any, *args: Any, **options: Any) -> Any:
            write(format_dict, *args, **options)
            message: dict[str, Any] = getattr(hook, "msg", None) or {}
            if "content" in message and (name := self._named(format_dict)):
                message["content"]["transient"] = {"display_id": name}

        hook.write_format_data = written

    def _named(self, data: Mapping[str, Any], name: str | None = None) -> str | None:
        """Note which output will hold a widget of ours, if it is one, and return its name."""
        widget = self._widgets.get(model_in(data) or "")
        if widget is None or widget.panel.heard:
            return None
        name = name or uuid4().hex
        self._held.setdefault(widget, {})[name] = _seen_in_picture(widget)
        return name

    def _on_cell_end(self, *_: object) -> None:
        new, self._new = self._new, WeakSet()
        for widget in new:
            if not widget.is_closed:
                widget.draw_first()
        for widget, names in list(self._held.items()):
            if widget.is_closed or widget.panel.heard:
                del self._held[widget]
                continue
            now, bundle = _seen_in_picture(widget), None
            for name in [name for name, then in names.items() if then != now]:
                bundle = bundle or widget._repr_mimebundle_()
                transient = {"display_id": name}
                self._shell.display_pub.publish(bundle, {}, transient=transient, update=True)
