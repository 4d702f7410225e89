"""The figure of a training run: what the loss plot draws, whatever it is then shown on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linreg_widget.quiet import quiet

from .axes import Scales
from .colours import DIM
from .curves import Curves
from .marks import Marks
from .painting import Painting, own_style

if TYPE_CHECKING:
    from matplotlib.legend import Legend

    from linreg_widget.training import Trainer

__all__ = ["SHOWN", "LossFigure"]

SHOWN = frozenset({"batch", "epoch", "full", "floor", "branches", "runs"})
"""What can be shown: losses of batches, means of epochs, losses over all rows, the best possible
loss, futures that were left, and runs that were kept."""

_SIZE = (8, 3)  # inches
_MARGINS = (0.80, 0.20, 0.56, 0.34)  # left, right, bottom, top, inches
_BATCH, _BATCHES = "batch loss", "batch loss, from least to greatest"


@quiet
class LossFigure(Painting):
    """The loss of a run as a matplotlib figure."""

    def __init__(self) -> None:
        self._version = -1
        self._shown = SHOWN
        with own_style():
            super().__init__(_SIZE, _MARGINS)
            self.scales = Scales(self.axes)
            self.marks = Marks(self.axes)
            self.curves = Curves(self.axes)
            self._legend = self._make_legend()

    def follow(self, trainer: Trainer, seconds: float, shown: frozenset[str] = SHOWN) -> None:
        """Take over a trainer's state; `paint` then shows it.

        Parameters
        ----------
        trainer : Trainer
        seconds : float
            How long the trainer may work on full-data losses not yet known.
        shown : frozenset of str
            What of ``SHOWN`` is to be seen.
        """
        recording, other = trainer.recording, shown != self._shown
        self._shown = shown
        self.curves.follow(trainer, seconds)
        if other:
            self.curves.show(shown)
            self._legend.remove()
            with own_style():
                self._legend = self._make_legend()
        anew = other or recording.version != self._version
        changed = [
            other,
            self.marks.follow(
                trainer, self.curves.envelope.first_bad or recording.diverged_at or 0, shown
            ),
            self._name_batches(),
            self.scales.reach_over(trainer),
            self.scales.rise_to(*self.marks.span(*self.curves.span()), anew=anew),
        ]
        self._version = recording.version
        if any(changed):
            self.place_labels()
            self.forget_background()

    def place_labels(self) -> None:
        """Put texts where there is room for them."""
        self.marks.place_labels()

    def paint_over(self) -> None:
        """Paint the curves."""
        self.curves.paint()

    # ---- inside ----------------------------------------------------------------------------------

    def _make_legend(self) -> Legend:
        named = {
            "batch": (self.curves.batch, _BATCH),
            "epoch": (self.curves.epoch, "epoch mean"),
            "full": (self.curves.full, "full data"),
        }
        handles = [named[name] for name in named if name in self._shown]
        return self.axes.legend(
            [line for line, _ in handles],
            [words for _, words in handles],
            labelcolor=DIM,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            frameon=False,
            borderaxespad=0.2,
            borderpad=0.2,
            columnspacing=2.2,
        )

    def _name_batches(self) -> bool:
        words = _BATCH if self.curves.envelope.stride == 1 else _BATCHES
        text = self._legend.get_texts()[0] if "batch" in self._shown else None
        if text is None or text.get_text() == words:
            return False
        text.set_text(words)
        return True
