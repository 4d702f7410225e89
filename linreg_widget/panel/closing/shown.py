"""What a notebook's page shows, as far as the kernel can know: what requests display and clear."""

from __future__ import annotations

import functools
import threading
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets

from linreg_widget.panel.outputs import model_in

from .held import open_widgets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


Place = tuple[str, str]
"""An output of the page: "cell" or "output" and its id; or "request" where no cell is named."""


class Request(NamedTuple):
    """What the kernel is doing for the notebook."""

    cell: str | None
    """The id of the cell that runs, if the notebook names it."""
    identity: str
    is_message: bool
    """Whether it is a widget's message, rather than a run of a cell."""

    @classmethod
    def present(cls, shell: Any) -> Request:
        """Return the request that is being handled in this thread."""
        parent: Mapping[str, Any] = getattr(shell, "parent_header", None) or {}
        metadata, header = parent.get("metadata") or {}, parent.get("header") or {}
        # JupyterLab, Notebook 7 and VS Code; Colab (google.colab's history reads it there).
        cell = metadata.get("cellId") or (metadata.get("colab") or {}).get("cell_id")
        kind = str(header.get("msg_type", ""))
        return cls(cell, str(header.get("msg_id", "")), kind.startswith("comm_"))

    @property
    def place(self) -> Place:
        """Where the page puts what is displayed, outside of an ``Output``."""
        return ("request", self.identity) if self.cell is None else ("cell", self.cell)


class _Shown:
    """One thing that is shown; another one, even if it is equal."""

    def __init__(
        self, model: str | None, name: str | None = None, value: weakref.ref[Any] | None = None
    ) -> None:
        self.model = model  # the id of a widget's model; None: another object, which may show some
        self.name = name  # the ``display_id``, by which it may be replaced
        self.value = value

    def found(self) -> Iterator[object]:
        if self.model is not None and self.model in open_widgets():
            yield open_widgets()[self.model]
        elif self.value is not None and self.value() is not None:
            yield self.value()


class Displays:
    """What is displayed where; it listens to the shell's display publisher.

    Attributes
    ----------
    lock : RLock
        Taken for each look and each change.
    changed : bool
        Whether something went from the page since this was last set to False.
    gone : list of object
        What went from the page since this was last emptied.
    """

    def __init__(self, shell: Any) -> None:
        self.lock = threading.RLock()
        self.changed = False
        self.gone: list[object] = []
        self._shell = shell
        self._runs: dict[str, str] = {}  # of each cell, its latest run
        self._shown: dict[Place, list[_Shown]] = {}
        self._to_clear: set[Place] = set()  # by the next thing that is displayed there
        self._told: dict[str, Any] = {}  # of each Output, what the page last told before a clear
        self._before = set(open_widgets())  # shown or not, nobody knows
        self._listen(shell.display_pub)

    def begin(self) -> Request:
        """Return the present request; a cell that is run again shows nothing at first."""
        with self.lock:
            request = Request.present(self._shell)
            if request.cell is not None and self._runs.get(request.cell) != request.identity:
                self._runs[request.cell] = request.identity
                self._clear(request.place)
            return request

    def is_latest(self, request: Request) -> bool:
        """Tell whether a request is the latest run of its cell, or of no named cell."""
        if request.is_message:
            return Request.present(self._shell) == request
        return request.cell is None or self._runs.get(request.cell) == request.identity

    def returned(self, value: Any) -> None:
        """Note what a cell has returned, which is then displayed."""
        if value is None:
            return
        with self.lock:
            model = value.model_id if _is_open(value) else None
            self._put(self.begin().place, _Shown(model, None, _reference(value)))

    def shown(self) -> list[object]:
        """Return what cells show, or may show."""
        with self.lock:
            places = [shown for place, shown in self._shown.items() if place[0] != "output"]
            found = [value for shown in places for one in shown for value in one.found()]
            widgets = open_widgets()
            return found + [widgets[model] for model in self._before if model in widgets]

    def shown_by(self, one: Any) -> list[object]:
        """Return what an ``Output`` shows; of all others, nothing."""
        if not issubclass(type(one), ipywidgets.Output) or not _is_open(one):
            return []
        with self.lock:
            noted = self._shown.get(("output", one.model_id), [])
            is_old = one.outputs is self._told.get(one.model_id)
            outputs = () if is_old else one.outputs
            told = [_Shown(model_in(output.get("data"))) for output in outputs]
            return [value for shown in (*noted, *told) for value in shown.found()]

    def forget(self) -> None:
        """Drop notes of what has gone."""
        with self.lock:
            self._before &= open_widgets().keys()
            self._told = {key: one for key, one in self._told.items() if key in open_widgets()}
            for place, shown in list(self._shown.items()):
                shown[:] = [one for one in shown if any(True for _ in one.found())]
                if not shown or (place[0] == "output" and place[1] not in open_widgets()):
                    del self._shown[place]

    # ---- what the publisher tells ----------------------------------------------------------------

    def _listen(self, publisher: Any) -> None:
        """Hear of all that is displayed and cleared, in each thread; hooks would hear of one."""
        publish, clear = publisher.publish, publisher.clear_output

        @functools.wraps(publish)
        def published(data: Any, *args: Any, **options: Any) -> Any:
            self._on_display(data, **options)
            return publish(data, *args, **options)

        @functools.wraps(clear)
        def cleared(wait: bool = False) -> Any:  # noqa: FBT001, FBT002 - IPython's signature
            self._on_clear(wait=wait)
            return clear(wait)

        publisher.publish, publisher.clear_output = published, cleared

    def _on_display(self, data: Any, *, transient: Any = None, update: Any = 0, **_: Any) -> None:
        shown = _Shown(model_in(data), (transient or {}).get("display_id"))
        with self.lock:
            if update:
                self._replace(shown)
                return
            for place in self._places():
                if place in self._to_clear:
                    self._clear(place)
                if shown.model is not None or shown.name is not None:
                    self._put(place, shown)

    def _on_clear(self, *, wait: bool) -> None:
        with self.lock:
            places = self._places()
            if len(places) > 1:
                return  # of Outputs in each other: the inner one, but which is that?
            if wait:
                self._to_clear.update(places)
            else:
                self._clear(places[0])

    def _places(self) -> list[Place]:
        """Return where the page puts what is displayed now."""
        request = self.begin()
        outputs: list[Place] = [
            ("output", one.model_id)
            for one in list(open_widgets().values())
            if isinstance(one, ipywidgets.Output) and one.msg_id == request.identity != ""
        ]
        return outputs or [request.place]

    def _put(self, place: Place, shown: _Shown) -> None:
        self._shown.setdefault(place, []).append(shown)

    def _replace(self, shown: _Shown) -> None:
        for place in self._shown.values():
            old = [one for one in place if one.name == shown.name is not None]
            place[:] = [shown if one in old else one for one in place]
            self._let_go(old)

    def _clear(self, place: Place) -> None:
        self._to_clear.discard(place)
        if place[0] == "output" and place[1] in open_widgets():
            self._told[place[1]] = open_widgets()[place[1]].outputs
        self._let_go(self._shown.pop(place, []))

    def _let_go(self, shown: list[_Shown]) -> None:
        self.changed |= bool(shown)
        self.gone += [value for one in shown for value in one.found()]


def _is_open(value: Any) -> bool:
    return isinstance(value, ipywidgets.Widget) and value.comm is not None


def _reference(value: object) -> weakref.ref[Any] | None:
    try:
        return weakref.ref(value)
    except TypeError:
        return None  # a number, a list: as text
