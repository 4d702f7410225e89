"""The live loss plot: the figure of a run on its screen, drawn when there is time for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg

from linreg_widget.clock import now
from linreg_widget.quiet import quiet
from linreg_widget.training import described

from .figure import SHOWN, LossFigure
from .painting import DRAWING
from .screens import Throttle, resolved, screen_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from linreg_widget.training import Trainer

__all__ = ["LossPlot"]

_NARROWEST, _WIDEST = 420, 1600  # of a page's pixels
_LOWEST, _HIGHEST = 150, 600
_PICTURE_SCALE = 1.5  # pixels of a picture for one of a page
_RUNNING_SECONDS, _RESTING_SECONDS = 0.005, 0.1  # for full-data losses, in a frame


@quiet
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
        clock: Callable[[], float] = now,
    ) -> None:
        self._trainer = trainer
        self._lock = lock
        self._throttle = Throttle(clock)
        self._shown = SHOWN
        self._figure: LossFigure | None = None
        self.widget: Any = None
        self.backend = resolved(backend)
        """What the plot is shown on: "ipympl", "image" or "none"."""
        if self.backend == "none":
            return
        with lock:
            self._figure = LossFigure()
            self.widget = screen_of(self._figure, lock, self.backend, "Loss")
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
                seconds = _RESTING_SECONDS if force else _RUNNING_SECONDS
                self._figure.follow(self._trainer, seconds, self._shown)
                self.widget.show_frame(fine=force)
            return True

    def show(self, names: Iterable[str]) -> None:
        """Show these of "batch", "epoch", "full", "floor", "branches" and "runs", and no others."""
        with self._lock:
            self._shown = SHOWN.intersection(names)
            self.refresh(force=True)

    def resize(self, width: float, height: float) -> None:
        """Take another size, in a page's pixels, within bounds."""
        with self._lock:
            size = min(max(width, _NARROWEST), _WIDEST), min(max(height, _LOWEST), _HIGHEST)
            if self._figure is not None and size != self._figure.size:
                self.widget.resize(*size)
                self.refresh(force=True)

    @property
    def axis(self) -> tuple[float, ...]:
        """The plot's width, where update 0 and the last one are on it, and which the last one is.

        In a page's pixels; empty where there is no plot.
        """
        with self._lock:
            return () if self._figure is None else self._figure.along

    def picture(self) -> bytes:
        """Return the plot as it would be drawn now, as a PNG, with or without a screen."""
        with self._lock, DRAWING:
            figure = LossFigure()
            FigureCanvasAgg(figure.figure)
            figure.figure.set_dpi(_PICTURE_SCALE * figure.figure.dpi)
            figure.follow(self._trainer, _RESTING_SECONDS, self._shown)
            figure.paint()
            return figure.png(fine=False)

    def close(self) -> None:
        """Close the widget and let the figure go. Calls after that do nothing."""
        with self._lock:
            if self._figure is not None:
                self.widget.close()
                self.widget = self._figure = None

    @property
    def description(self) -> str:
        """What the plot shows, in a sentence, for those who do not see it."""
        with self._lock:
            return described(self._trainer, self._trainer.loss(), self._trainer.insight.floor)

    def __repr__(self) -> str:
        return f"<LossPlot on {self.backend}: {self.description}>"
