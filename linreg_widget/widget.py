"""``TrainerWidget``: the panel and the loss plot around one trainer, under one lock."""

from __future__ import annotations

import sys
from base64 import b64encode
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import ipywidgets
import traitlets
from ipywidgets.widgets.widget_link import Link

from .clock import without_pauses
from .errors import NotCopied, SettingsError, WidgetError
from .lesson import PLOTTED, check_ask, check_controls, check_tab
from .messages import in_language, say, spoken
from .model import gradient_update
from .panel import (
    Notice,
    Spelt,
    TrainerPanel,
    check_given,
    display_view,
    hint,
    look_after,
    page_of,
    view_of,
    watch,
)
from .plots import LossPlot
from .settings import Stop, check_text, whole_number
from .table import Table, crop_yields
from .training import Trainer, link_of, trainer_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from .lesson import Asked
    from .microscope import UpdateFunction
    from .plots import ValleyPlot

    AnyTrait = traitlets.TraitType[Any, Any]
else:
    AnyTrait = traitlets.Any  # generic only from traitlets 5.10 on; Colab has 5.7

_LET_GO = {"panel", "plot", "trainer"}

P = ParamSpec("P")
R = TypeVar("R")


def _of(
    part: Literal["panel", "trainer"], verb: Callable[Concatenate[Any, P], R]
) -> Callable[Concatenate[TrainerWidget, P], R]:
    """Return a verb of a part as the widget's, with the same parameters and the same docstring."""

    @wraps(verb)
    def of_widget(self: TrainerWidget, /, *args: P.args, **kwargs: P.kwargs) -> R:
        own: Callable[P, R] = getattr(getattr(self, part), verb.__name__)
        return own(*args, **kwargs)

    return of_widget


class _OfPanel(AnyTrait):
    """A trait of the panel as the widget's: read and set there, observed here as well."""

    def get(self, obj: Any, cls: type[Any] | None = None) -> Any:
        panel = vars(obj).get("panel")
        return super().get(obj, cls) if panel is None else getattr(panel, str(self.name))

    def set(self, obj: Any, value: object) -> None:
        with obj._lock:  # noqa: SLF001 - the widget's own trait
            obj.panel.set_trait(self.name, value)

    def follow(self, obj: Any) -> None:
        """Tell those who observe the widget, if the panel's value is another than they know."""
        super().set(obj, getattr(obj.panel, str(self.name)))


@spoken("_on_room", "_on_panel_trait", "_repr_mimebundle_", "__repr__")
@spoken("to_html", "comparison", "link")
class TrainerWidget(Spelt, NotCopied, ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """A training loop in a notebook: controls, a live loss plot, and the same verbs from Python.

    In a notebook it is closed, at the end of a cell or callback, once the page no longer shows it
    (its cell was run again, its ``Output`` cleared) and no name, list or other object of yours
    holds it. ``Out`` and ``_`` do not count, but keep the trainers of the latest such widgets.

    Parameters
    ----------
    table : Table or anything that ``Table.of`` takes, optional
        The rows to train on; the article's crop yields if not given. Or a ``Trainer``, to show.
    update : generator function, optional
        One gradient update; see ``Trainer``. It is called again to go back and to look at a past
        update: what it prints or appends to a list, it prints or appends again.
    stop : Stop, optional
        When a run is to stop before its last epoch: ``Stop(within=1.1)``.
    held_out : float, str, sequence of str, sequence of bool, or Table, optional
        Rows to keep out of training; see ``Trainer``.
    plot : {"auto", "ipympl", "page", None}
        How the loss is plotted: on a live ipympl canvas, or by the page itself, where readers can
        zoom in. "auto" takes ipympl if it can be used; Colab has none. None: by the page, without
        the valley.
    tab : {"loss", "microscope", "graph", "line", "predictions", "compare", "data", "valley"}
        The tab that is open at first; if not given, "loss", or "line" for ``ask="line"``.
    tape_bytes : int
        How many bytes of a recorded run the notebook may carry, for pages without a kernel that
        cannot train by themselves and play it instead; 0: none. See ``to_html``.
    lang : {"en", "de", "auto"}, optional
        The language of the page, and of the widget's plots, notices and errors: English if not
        given, whatever the browser's is; "auto" for that of the kernel's environment. Numbers keep
        Python's decimal point.
    task : str
        What the reader should do, in a sentence; it stands in the panel's head until something
        else has to be said.
    ask : {"loss", "weight", "diverges", "line"}, dict or list of dict, optional
        Predict, then reveal: what the page asks before its Step or Run acts, and judges after it;
        see ``answers()``. For a step, "diverges" asks whether the loss will grow. A guess of a loss
        is close if it is off by at most half the change, and by at most a factor of two. "line"
        asks once, before a run trains: drag the line to the lowest loss by hand; then least squares
        and the score are shown. Or give questions of your own, each asked once, one before each
        Step or Run, and judged at once: ``{"question": "…", "choices": ["…", "…"], "right": 0,
        "why": ["…", "…"]}``; ``right`` is a position from 0, ``why`` has a reason for each choice.
    hide, lock : iterable of str
        Tabs and controls of the page that are not shown, or shown and disabled. Tabs: "loss",
        "microscope", "graph", "line", "predictions", "compare", "data", "valley". Controls:
        "reset", "back", "step", "run", "step_by", "timeline", "learning_rate", "ruler" (what the
        learning rate's track says of it), "epochs", "speed", "stop", "standardize", "batch_size",
        "seed", "shuffle", "curves", "table", "set" (w and b by hand), "draw" (points in Data and
        line), "paste" (the reader's own table), "keys". The Python methods keep working.
    **settings
        Settings by name: ``learning_rate=1e-5, epochs=100, seed=1``; see ``Settings``.

    Attributes
    ----------
    trainer : Trainer
        What is trained; look at ``trainer.model`` and ``trainer.recording`` in the next cell. When
        a table is drawn or pasted in the page, a new trainer with that table takes its place;
        ``undo()`` goes back to the one before.
    panel : TrainerPanel
        The controls alone.
    learning_rate, epochs, batch_size, seed, shuffle, standardize, step_by, speed, update : traits
        They can be read, set, observed and linked. ``speed`` is a number of updates a second,
        "watch" (a run of few updates takes about five seconds) or None. Setting ``update`` seeks;
        setting ``seed`` or ``standardize`` resets.
    stop_within, stop_patience : traits
        When a run stops by itself; see ``Stop``.
    curves : trait
        What the loss plot shows, of "batch", "epoch", "full", "held_out", "floor", "branches" and
        "runs".
    tab : trait
        The tab that is open; readers and lessons can set it. "valley" is the loss over two of the
        parameters, with the run's path on it.
    lang : trait, read-only
        The language.
    task, ask, hide, lock : traits
        As above; ``widget.lock = ()`` unlocks all for the second half of a lesson.
    status : trait, read-only
        One of ready, running, paused, finished, diverged and failed.

    Raises
    ------
    TableError, SettingsError
        If the table or a setting is not usable.

    Examples
    --------
    >>> widget = TrainerWidget(learning_rate=1e-5)  # as a cell's last line, ``widget`` shows it
    >>> widget.step()                   # the same verbs as its buttons
    >>> widget.update, widget.status
    (1, 'paused')
    """

    learning_rate = _OfPanel()
    epochs = _OfPanel()
    batch_size = _OfPanel()
    seed = _OfPanel()
    shuffle = _OfPanel()
    standardize = _OfPanel()
    step_by = _OfPanel()
    speed = _OfPanel()
    stop_within = _OfPanel()
    stop_patience = _OfPanel()
    curves = _OfPanel()
    tab = _OfPanel()
    lang = _OfPanel(read_only=True)
    task = _OfPanel()
    ask = _OfPanel()
    hide = _OfPanel()
    lock = _OfPanel()
    update = _OfPanel()
    status = _OfPanel(read_only=True)
    _closed = False
    parts_of_its_own = ("panel", "plot", "trainer")

    @without_pauses()
    @in_language
    def __init__(  # noqa: PLR0913 - each is a choice of its own, given by name
        self,
        table: object = None,
        *,
        update: UpdateFunction = gradient_update,
        stop: Stop | None = None,
        held_out: object = None,
        plot: str | None = "auto",
        tab: str | None = None,
        tape_bytes: int = 110_000,
        lang: str | None = None,  # noqa: ARG002 - in_language reads it
        task: str = "",
        ask: Asked | dict[str, Any] | None = None,
        hide: Iterable[str] = (),
        lock: Iterable[str] = (),
        **settings: Any,
    ) -> None:
        watch()
        check_given(type(self), settings)
        lesson = {
            "tab": check_tab(("line" if ask == "line" else "loss") if tab is None else tab),
            "task": check_text("task", task),
            "tape_bytes": whole_number("tape_bytes", tape_bytes, 0),
            "ask": check_ask(ask),
            "hide": check_controls("hide", hide),
            "lock": check_controls("lock", lock),
        }
        if isinstance(table, Trainer):
            if settings or stop or update is not gradient_update or held_out is not None:
                raise SettingsError(say("widgets.own_settings"))
            self.trainer = table
        else:
            table = crop_yields() if table is None else table
            self.trainer = Trainer(table, update=update, stop=stop, held_out=held_out, **settings)
        self._lock = self.trainer.lock  # one for all, and for cells that use the trainer itself
        self.plot = LossPlot(self.trainer, self._lock, plot)
        self.panel = TrainerPanel(self.trainer)
        self._valley: ValleyPlot | None = None
        self.panel.set_trait("_plot", self.plot.backend != "none")
        self.plot.withheld = self.panel.gate.withheld
        self.panel.show_axis(self.plot.axis)
        self._notice = Notice()
        super().__init__([self.panel, *self.plot.children, self._notice])
        self.add_class("linreg-box")
        self._own_layout, self.layout.flex = self.layout, "1 1 auto"  # it takes the room left over
        for trait in self._panel_traits().values():
            trait.follow(self)
        self.panel.on_change(self._on_change)
        self.panel.observe(self._on_panel_trait, [*self._panel_traits()])
        self.panel.observe(self._on_room, "room")
        for name, value in lesson.items():
            setattr(self.panel, name, value)
        self._show_valley()
        look_after(self)

    @classmethod
    @in_language
    def from_link(  # noqa: PLR0913 - as for a new widget
        cls,
        link: str,
        table: object = None,
        *,
        update: UpdateFunction = gradient_update,
        held_out: object = None,
        plot: str | None = "auto",
        lang: str | None = None,
    ) -> TrainerWidget:
        """Return a widget in exactly the state in which a link was made; see ``link()``.

        Parameters
        ----------
        link : str
        table : Table or anything that ``Table.of`` takes, optional
            That of the run; the article's crop yields if not given.
        update : generator function, optional
            That of the run.
        held_out : Table or anything that ``Table.of`` takes, optional
            The rows held out, if they were a table of their own.
        plot : {"auto", "ipympl", "page", None}
        lang : {"en", "de", "auto"}, optional
            As for a new widget.

        Raises
        ------
        SettingsError
            If the text is no link, or asks for too much, or the table or function differs.
        """
        table = crop_yields() if table is None else Table.of(table)
        others = None if held_out is None else Table.of(held_out)
        return cls(trainer_from(link, table, update, others), plot=plot, lang=lang)

    # ---- verbs ------------------------------------------------------------------------------

    step = _of("panel", TrainerPanel.step)
    back = _of("panel", TrainerPanel.back)
    run = _of("panel", TrainerPanel.run)
    start = _of("panel", TrainerPanel.start)
    pause = _of("panel", TrainerPanel.pause)
    seek = _of("panel", TrainerPanel.seek)
    reset = _of("panel", TrainerPanel.reset)
    change = _of("panel", TrainerPanel.change)
    set = _of("panel", TrainerPanel.set)
    undo = _of("panel", TrainerPanel.undo)
    rescue = _of("panel", TrainerPanel.rescue)
    keep = _of("panel", TrainerPanel.keep)
    forget = _of("panel", TrainerPanel.forget)
    comparison = _of("trainer", Trainer.comparison)

    def answers(self) -> pd.DataFrame:
        """Return the answers to what ``ask`` asked, and the truth; kept over a reset.

        Returns
        -------
        DataFrame
            A row for each question whose truth is known: ``update``, ``kind``, ``question``,
            ``guess``, ``truth``, ``right`` (missing where nothing counts) and ``skipped``.
        """
        with self._lock:
            return self.panel.gate.guesses.to_frame()

    def link(self) -> str:
        """Return the run, up to where it stands, as a short text for ``from_link``.

        The table is not in it, only its fingerprint. It leads to a million updates at most.
        """
        with self._lock:
            return link_of(self.trainer)

    def to_html(self, path: str | Path, *, at: int = 0) -> None:
        """Write the widget as a page of its own, which needs no kernel and no network.

        The page trains by itself, in 32-bit numbers as PyTorch does, from the start or from where
        it should open. It needs no run, and everything works except the valley and the paste box.
        With an update function of your own, or a table of more than about a million numbers, it
        plays what was recorded instead, up to ``tape_bytes`` of it. ``hide``, ``lock``, ``ask``,
        ``task`` and ``tab`` hold there as well.

        Parameters
        ----------
        path : str or Path
            The file; an existing one is overwritten.
        at : int
            How many of the recorded updates are done when the page opens: 0 for the start,
            ``widget.update`` for where the run stands.

        Raises
        ------
        SettingsError
            If no file can be written there, or that many updates are not recorded.
        """
        self.pause()
        with self._lock:
            page = page_of(self.panel, at)
        try:
            Path(path).write_text(page, encoding="utf-8")
        except (OSError, TypeError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise SettingsError(
                say("widgets.not_written", path=repr(str(path)), why=why)
            ) from error

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what an output holds: the widget, and a picture of the run as a fallback.

        GitHub shows the picture. A page that shows neither says what to install, and where.
        """
        show: Any = getattr(super(), "_repr_mimebundle_", lambda **_: view_of(self))
        if (bundle := show(**kwargs)) and not self._closed:
            bundle["text/plain"] = Notice.in_place_of(repr(self).partition("\n")[0][:110])
            if len(self.trainer.recording):
                bundle["image/png"] = b64encode(self.plot.picture()).decode()
        return bundle

    def draw_first(self) -> None:
        """Draw the loss plot, if it is not drawn yet; called at the end of the widget's cell."""
        with self._lock:
            self.plot.begin()
            self.panel.show_axis(self.plot.axis)

    def close(self) -> None:
        """Free panel, canvas and figure. The trainer stays, with its numbers."""
        if "panel" not in vars(self):
            return  # __init__ raised, and ipywidgets' __del__ closes what there is
        with self._lock:
            self._closed = True
            self.panel.unobserve_all()
            self.unobserve_all()
            self.panel.close()
            self.plot.close()
            self._notice.close()
            if self._valley is not None:
                self._valley.close()
            super().close()
            self._own_layout.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, by whomever."""
        return self._closed

    def let_go(self) -> None:
        """Forget the trainer too, of a closed widget that nobody holds but ``Out``."""
        self._valley = None
        self._put()
        for name in _LET_GO & vars(self).keys():
            delattr(self, name)

    def __getattr__(self, name: str) -> Any:
        if name in _LET_GO and self._closed:
            raise WidgetError(say("widgets.let_go", name=name))
        near = "" if name[0] == "_" else hint(self, name)
        remedy = f": {near}" if near else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{remedy}")

    def parts(self) -> list[Any]:
        """Return the widgets that are closed with this one, this one first."""
        boxes = () if self._valley is None else (self._valley, *self._valley.children)
        own = [self, self.panel, *self.plot.children, self._notice, *boxes]
        named = ("layout", "style", "toolbar")
        more = [getattr(one, name, None) for one in own[1:] for name in named]
        return [one for one in (*own, self._own_layout, *more) if one is not None]

    # ---- panel, plot and traits in step -----------------------------------------------------

    def _on_change(self, *, at_rest: bool) -> None:
        if self.trainer is not self.panel.trainer:
            self._turn_to(self.panel.trainer)
        opened = self.panel.opened
        if at_rest or opened & PLOTTED:
            self.plot.refresh(force=at_rest)
        if self._valley is not None and (at_rest or "valley" in opened):
            self._valley.refresh(force=at_rest)
        self.panel.show_axis(self.plot.axis)

    def _turn_to(self, trainer: Trainer) -> None:
        """Show the panel's new trainer, after another table was drawn or pasted."""
        self.__dict__["trainer"] = trainer
        self.plot.turn_to(trainer)
        if self._valley is not None:
            self._valley.turn_to(trainer)

    def _on_room(self, change: Any) -> None:
        with self._lock:
            self.plot.resize(*change.new)
            self.panel.show_axis(self.plot.axis)

    def _on_panel_trait(self, change: Any) -> None:
        with self._lock:
            getattr(type(self), change.name).follow(self)
            if change.name in ("curves", "ask"):
                self.plot.show(self.curves)
            elif change.name == "tab":
                self._show_valley()

    def _show_valley(self) -> None:
        if self.tab == "valley" and self._valley is None:
            from .plots import ValleyPlot  # a fifth of the wing, for one tab

            backend = "ipympl" if self.plot.backend == "ipympl" else "auto"
            self._valley = ValleyPlot(self.trainer, self._lock, backend, place=self.panel.place)
            self._put(*self.children, self._valley)

    def _put(self, *children: Any) -> None:
        self.children = children

    @classmethod
    def _panel_traits(cls) -> dict[str, _OfPanel]:
        traits: dict[str, Any] = cls.class_traits()
        return {name: trait for name, trait in traits.items() if isinstance(trait, _OfPanel)}

    def traits(self, **metadata: Any) -> dict[str, Any]:
        """Return the traits by name; see ``traitlets.HasTraits.traits``.

        Raises
        ------
        WidgetError
            To ``jslink`` and ``jsdlink``, for a trait that only the panel has in the page.
        """
        # ipywidgets would only say "cannot be synced", and there is nothing else of ours that it
        # asks. It does so in a function whose variable trait_name holds the name (7.7 and 8.1).
        caller = sys._getframe(1)  # noqa: SLF001 - CPython's documented way
        name = caller.f_locals.get("trait_name")
        if caller.f_globals.get("__name__") == Link.__module__ and name in self._panel_traits():
            raise WidgetError(say("widgets.link", name=name))
        traits: dict[str, Any] = super().traits(**metadata)
        return traits

    def __repr__(self) -> str:
        if self._closed and "trainer" not in vars(self):
            return say("widgets.closed")
        if self._closed:
            return say("widgets.closed_around", trainer=repr(self.trainer))
        return say("widgets.around", trainer=repr(self.trainer))


if not hasattr(ipywidgets.Widget, "_repr_mimebundle_"):
    TrainerWidget._ipython_display_ = display_view
