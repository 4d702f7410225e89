"""The live loss plot: where the figure is shown, and how often it is drawn.

``LossPlot`` looks at a trainer when it is told to, and draws what it sees on ipympl's canvas or,
where there is none, into a plain image. It is told far more often than it draws: at most five times
a second, and never for more than a tenth of the time, so that a slow machine trains, not draws.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import sys
import time
from typing import TYPE_CHECKING, Any

import ipywidgets
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .errors import SettingsError
from .figure import DRAWING, LossFigure
from .wording import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from .training import Trainer

__all__ = ["BACKENDS", "LossPlot"]

BACKENDS = ("auto", "ipympl", "image", "none")
_MOST_PER_SECOND = 5
_IMAGE_SCALE = 1.5  # image pixels for a page's pixel, since the page's own ratio is not known
_SHARE = 0.1  # of the time, that drawing may take
_MOST_CREDIT = 0.1  # seconds of drawing that may be saved up
_RUNNING_SECONDS, _RESTING_SECONDS = 0.005, 0.1  # for full-data losses, in a frame


class LossPlot:
    """The loss curve of a trainer, drawn when `refresh` is called.

    Parameters
    ----------
    trainer : Trainer
        The run to show; it is read under the lock and never changed.
    lock : context manager
        The widget's lock, re-entrant.
    backend : {"auto", "ipympl", "image", "none"}
        What it is shown on. "auto" takes ipympl, but an image in Google Colab and where ipympl
        cannot be imported. "none", or None: there is no plot, and all calls do nothing.
    clock : callable
        Seconds, for the throttle.

    Attributes
    ----------
    widget : DOMWidget or None
        What to put into the notebook; None where there is no plot.
    """

    def __init__(
        self,
        trainer: Trainer,
        lock: AbstractContextManager[object],
        backend: str | None = "auto",
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._trainer = trainer
        self._lock = lock
        self._throttle = _Throttle(clock)
        self._figure: LossFigure | None = None
        self.widget: Any = None
        self.backend = _resolve(backend)
        """What the plot is shown on: "ipympl", "image" or "none"."""
        if self.backend == "none":
            return
        with lock:
            self._figure = LossFigure(self._floor)
            if self.backend == "ipympl":
                from .canvas import LossCanvas

                self.widget = LossCanvas(self._figure, lock)
            else:
                self.widget = _LossImage(self._figure)
            self.refresh(force=True)

    @property
    def children(self) -> tuple[Any, ...]:
        """What to put into a box: the widget, or nothing."""
        return () if self.widget is None else (self.widget,)

    def refresh(self, *, force: bool = False) -> bool:
        """Show the trainer's present state, unless it is too early for another frame.

        It needs no answer from the page, so it serves while a cell is busy as well.

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
            if self._figure is None or not (force or self._throttle.is_due()):
                return False
            with self._throttle.measured(free=force):
                self._figure.follow(self._trainer, _RESTING_SECONDS if force else _RUNNING_SECONDS)
                self.widget.show_frame(fine=force)
            return True

    def close(self) -> None:
        """Close the widget and let the figure go. Calls after that do nothing."""
        with self._lock:
            if self._figure is not None:
                self.widget.close()
                self.widget = self._figure = None

    @functools.cached_property
    def _floor(self) -> float:
        return self._trainer.insight.least_squares.loss

    @property
    def description(self) -> str:
        """What the plot shows, in a sentence, for those who do not see it."""
        with self._lock:
            return _describe(self._trainer, self._floor)

    def __repr__(self) -> str:
        return f"<LossPlot on {self.backend}: {self.description}>"


class _LossImage(ipywidgets.Image):  # type: ignore[misc]  # ipywidgets publishes no types
    """The figure as a plain image, for notebooks without ipympl."""

    def __init__(self, drawn: LossFigure) -> None:
        super().__init__(format="png", layout={"width": "100%", "height": "auto"})
        self.layout.max_width = f"{drawn.figure.bbox.width:.0f}px"
        drawn.figure.set_dpi(_IMAGE_SCALE * drawn.figure.dpi)
        FigureCanvasAgg(drawn.figure)
        self._drawn: LossFigure | None = drawn
        self.add_class("linreg-plot")

    def show_frame(self, *, fine: bool) -> None:
        """Paint the figure's state and send it."""
        if self._drawn is not None:
            with DRAWING:
                self._drawn.paint()
                self.value = self._drawn.png(fine=fine)

    def close(self) -> None:
        """Close this widget and its layout, and let go of the figure."""
        self.layout.close()
        super().close()
        self._drawn = None


class _Throttle:
    """Says when the next frame may be drawn.

    Drawing has an account: time earns credit at a tenth of its length, and a frame costs what it
    took. So a rare frame that takes long does not stop the plot if those before were quick.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = -math.inf
        self._credit, self._seen = _MOST_CREDIT, clock()

    def is_due(self) -> bool:
        now = self._clock()
        self._credit = min(self._credit + _SHARE * (now - self._seen), _MOST_CREDIT)
        self._seen = now
        return self._credit > 0 and now - self._start >= 1 / _MOST_PER_SECOND

    @contextlib.contextmanager
    def measured(self, *, free: bool) -> Iterator[None]:
        """Time a frame, which a run at rest has for nothing."""
        self._start = self._clock()
        try:
            yield
        finally:
            if not free:
                self._credit -= self._clock() - self._start


def _resolve(backend: str | None) -> str:
    """Decide what to draw on."""
    if backend is None:
        return "none"
    if backend not in BACKENDS:
        raise SettingsError(f"plot is {backend!r}; it must be one of {', '.join(BACKENDS)}.")
    if backend == "auto" and "google.colab" in sys.modules:
        return "image"  # Colab has no ipympl, and asks its readers before it loads foreign widgets
    if backend in ("image", "none"):
        return backend
    try:
        importlib.import_module(".canvas", __package__)
    except ImportError as error:
        if backend == "auto":
            return "image"
        raise SettingsError(
            f"plot is 'ipympl', but ipympl cannot be imported ({error}): install it, "
            "or use plot='image'."
        ) from error
    return "ipympl"


def _describe(trainer: Trainer, floor: float) -> str:
    losses, position, total = trainer.recording.losses, trainer.position, trainer.total
    update, now = position.update, trainer.loss()
    floor_words = f"the best possible, by least squares, is {number_text(floor)}"
    full = f"the loss over all rows is {number_text(now)}, and {floor_words}"
    if not len(losses):
        return f"No update yet of {total:,}: {full}."
    if not update:
        return f"Back at the start, with {len(losses):,} updates recorded: {full}."
    first, last = number_text(float(losses[0])), number_text(float(losses[update - 1]))
    ahead = f" ({len(losses):,} are recorded)" if update < len(losses) else ""
    if update == trainer.recording.diverged_at:
        return (
            f"The run diverged: from {first}, the batch loss grew to {last} at update {update:,}."
        )
    moved = "is still" if first == last else f"went from {first} to"
    return f"After {update:,} of {total:,} updates{ahead} the batch loss {moved} {last}; {full}."
