"""The live loss plot: a figure of a run, and the widget that draws it when there is time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg

from linreg_widget.errors import NotCopied
from linreg_widget.messages import language, say, spoken
from linreg_widget.quiet import quiet
from linreg_widget.training import described, is_large

from .annotations import Annotations
from .axes import EDGE, Scales, last_of
from .curves import Curves
from .painting import Painting, blank, own_style
from .screens import Throttle, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from matplotlib.figure import Figure

    from linreg_widget.training import Stamp, Trainer

SHOWN = frozenset({"batch", "epoch", "full", "held_out", "floor", "branches", "runs"})
"""What can be shown: losses of batches, means of epochs, losses over all rows, the best possible
loss, abandoned futures, and runs that were kept."""

_PIXELS = 100  # of a page, an inch of the figure
_SIZE = (10, 2.22)  # inches
_MARGINS = (0.74, 0.18, 0.42, 0.22)  # left, right, bottom, top, inches
_MOST_NAMES = 0.4  # of the width, that names of curves to the right of the axes may take
_NARROWEST, _WIDEST = 280, 1600  # of a page's pixels
_LOWEST, _HIGHEST = 150, 600
_FIRST_FRAME = 0.4  # seconds of a run without a frame: a short one is drawn once, at its end
_RUNNING_SECONDS, _RESTING_SECONDS = 0.005, 0.1  # for full-data losses, in a frame


@quiet
class LossFigure(Painting):
    """The loss of a run as a matplotlib figure: a new one, or one that is blank so far."""

    def __init__(self, figure: Figure | None = None) -> None:
        self._history: object = None  # of the recording that was followed last
        self._shown = SHOWN
        with own_style():
            super().__init__(blank(*_SIZE) if figure is None else figure, _MARGINS)
            self.scales = Scales(self.axes)
            self.annotations = Annotations(self.axes)
            self.curves = Curves(self.axes)

    @property
    def sides(self) -> tuple[float, float]:
        """The margins left and right of the axes, in inches."""
        return self._margins[:2]

    def follow(
        self, trainer: Trainer, seconds: float | None, shown: frozenset[str] = SHOWN
    ) -> None:
        """Take over a trainer's state; `paint` then shows it.

        Parameters
        ----------
        trainer : Trainer
        seconds : float or None
            How long the trainer may take to compute full-data losses that are not known yet.
        shown : frozenset of str
            What of ``SHOWN`` to show.
        """
        recording, other = trainer.recording, shown != self._shown
        self._shown = shown
        self.curves.follow(trainer, seconds)
        if other:
            self.curves.show(shown)
        anew = other or recording.history != self._history
        bad = self.curves.thinned.batch.first_bad or recording.diverged_at or 0
        marked = self.annotations.follow(trainer, bad, shown)
        scaled = [
            self._make_room(),
            self.scales.reach_over(trainer),
            self.scales.rise_to(*self.annotations.span(*self.curves.span()), anew=anew),
        ]
        self._history = recording.history
        if any(scaled):
            self.forget_ground()
        if other or marked or any(scaled):
            self.place_labels()
            self.forget_background()

    def place_labels(self) -> None:
        """Put texts where there is room for them."""
        self.annotations.place_labels()

    def paint_under(self) -> None:
        """Paint the annotations."""
        self.annotations.paint()

    def paint_over(self) -> None:
        """Paint the curves, or what stands there before there are any."""
        self.axes.draw_artist(self.annotations.empty_label)
        self.curves.paint()

    # ---- inside ----------------------------------------------------------------------------------

    def _make_room(self) -> bool:
        """Leave as much room to the right of the axes as the names of curves there need."""
        wanted = max(_MARGINS[1], self.annotations.name_curves())
        return self.widen_right(min(wanted, _MOST_NAMES * self.figure.get_size_inches()[0]))


@quiet
@spoken("refresh", "picture", "_painting", "__repr__")
class LossPlot(NotCopied):
    """The loss curve of a trainer, drawn when `refresh` is called.

    The first frame waits: axes, texts and their drawing take three quarters of the time of a new
    widget. It is drawn when the page asks for it or says how large it is to be, when the run has
    moved, with the state that is saved, or else at the end of the cell, after the panel is shown.

    Parameters
    ----------
    trainer : Trainer
        The run to show; it is read under the lock and never changed.
    lock : context manager
        The widget's lock, re-entrant.
    backend : {"auto", "ipympl", "page", "none"}
        How it is shown. "page": the page draws it from the panel's numbers, so there is no widget
        here, and all calls do nothing. "auto" is ipympl, but the page in Google Colab and if ipympl
        cannot be imported. "none", or None, is as "page"; see ``TrainerWidget``.

    Attributes
    ----------
    widget : DOMWidget or None
        The widget to put into the notebook; None if there is none.
    """

    def __init__(
        self,
        trainer: Trainer,
        lock: AbstractContextManager[object],
        backend: str | None = "auto",
    ) -> None:
        self._trainer = trainer
        self._lock = lock
        self._throttle = Throttle()
        self._shown = SHOWN
        self.withheld: Callable[[], frozenset[str]] = frozenset
        """Which curves are not shown for now, since they would tell what the reader is asked."""
        self._figure: LossFigure | None = None  # from the first frame on
        self._drawn: Stamp = trainer.stamp  # what the last frame shows, or is to show first
        self.widget: Any = None
        self.lang = language()
        """The language of its words."""
        self.backend = resolved(backend, "page")
        """How the plot is shown: "ipympl", "page" or "none"."""
        if self.backend != "ipympl":
            return
        from .canvas import PlotCanvas  # only where ipympl is used

        with lock:
            label = say("controls.label", control="loss")
            self.widget = PlotCanvas(blank(*_SIZE), lock, label, self._painting)

    @property
    def children(self) -> tuple[Any, ...]:
        """The children for a box: the widget, or nothing."""
        return () if self.widget is None else (self.widget,)

    def begin(self) -> None:
        """Draw the first frame, unless there is one."""
        with self._lock:
            if self.widget is not None and not self.widget.is_drawn:
                self.refresh(force=True)

    def refresh(self, *, force: bool = False) -> bool:
        """Show the trainer's present state, unless it is shown or too early for another frame.

        This needs no answer from the page, so it also works while a cell is running.

        Parameters
        ----------
        force : bool
            Draw in any case, in full colour, with more of the full-data losses: for a run at rest.

        Returns
        -------
        bool
            Whether a frame was drawn.
        """
        with self._lock:
            if self.widget is None or not (force or self._throttle.is_due()):
                return False
            with self._throttle.measured(free=force or not self.widget.is_drawn):
                before, self._drawn = self._drawn, self._trainer.stamp
                if not force and self._drawn == before:  # a run begins
                    self._throttle.wait(_FIRST_FRAME)
                    return False
                self._follow(_RESTING_SECONDS if force else self._running_seconds)
                self.widget.show_frame(fine=force)
            return True

    def show(self, names: Iterable[str]) -> None:
        """Show only these curves, of those in ``SHOWN``."""
        with self._lock:
            self._shown = SHOWN.intersection(names)
            self.refresh(force=True)

    def turn_to(self, trainer: Trainer) -> None:
        """Show another trainer's run from here on."""
        with self._lock:
            self._trainer = trainer
            self.refresh(force=True)

    def resize(self, width: float, height: float) -> None:
        """Take another size, in a page's pixels, within bounds."""
        with self._lock:
            size = min(max(width, _NARROWEST), _WIDEST), min(max(height, _LOWEST), _HIGHEST)
            if self.widget is not None and size != self._size:
                self.widget.resize(*size)
                self.refresh(force=True)

    def picture(self) -> bytes:
        """Return the run as a PNG of the usual size, for where no widget is shown, as on GitHub."""
        with self._lock:
            figure = LossFigure()
            FigureCanvasAgg(figure.figure)  # takes the place of its canvas
            figure.follow(self._trainer, _RESTING_SECONDS, self._shown - self.withheld())
            figure.paint()
            return figure.png(fine=False)

    @property
    def axis(self) -> tuple[float, ...]:
        """The plot's width, where update 0 and the last one are on it, and which the last one is.

        In a page's pixels; empty where there is no widget.
        """
        with self._lock:
            if self.widget is None:
                return ()
            begun, width = self._figure, self._size[0]
            left, right = (_PIXELS * side for side in (begun.sides if begun else _MARGINS[:2]))
            last = begun.scales.last if begun else last_of(self._trainer)
            edge = EDGE / (1 + 2 * EDGE) * (width - left - right)
            return (*(round(x, 1) for x in (width, left + edge, width - right - edge)), float(last))

    def close(self) -> None:
        """Close the widget and release the figure. Later calls do nothing."""
        with self._lock:
            if self.widget is not None:
                self.widget.close()
                self.widget = self._figure = None

    @property
    def description(self) -> str:
        """What the plot shows, in a sentence, for readers who cannot see it."""
        with self._lock:
            return described(self._trainer, self._trainer.loss(), self._trainer.insight.floor)

    def _painting(self) -> LossFigure:
        """Return the figure, which is made for the first frame, of the run as it is then."""
        return self._figure or self._follow(_RESTING_SECONDS)

    def _follow(self, seconds: float | None) -> LossFigure:
        if self._figure is None:
            self._figure = LossFigure(self.widget.figure)
        self._figure.follow(self._trainer, seconds, self._shown - self.withheld())
        return self._figure

    @property
    def _running_seconds(self) -> float | None:
        """None for a large table: the panel's readings compute its losses, as seldom as need be."""
        large = is_large(self._trainer.table, self._trainer.held_out)
        return None if large else _RUNNING_SECONDS

    @property
    def _size(self) -> tuple[int, int]:
        width, height = self.widget.figure.get_size_inches()
        return round(_PIXELS * width), round(_PIXELS * height)

    def __repr__(self) -> str:
        return say(
            "reprs.plot", name=type(self).__name__, screen=self.backend, words=self.description
        )
