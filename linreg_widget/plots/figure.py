"""The figure of a training run: what the loss plot draws, whatever it is then shown on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linreg_widget.quiet import quiet

from .axes import Scales
from .curves import Curves
from .marks import Marks
from .painting import Painting, own_style

if TYPE_CHECKING:
    from linreg_widget.training import Trainer

__all__ = ["SHOWN", "LossFigure"]

SHOWN = frozenset({"batch", "epoch", "full", "floor", "branches", "runs"})
"""What can be shown: losses of batches, means of epochs, losses over all rows, the best possible
loss, futures that were left, and runs that were kept."""

_PIXELS = 100  # of a page, an inch of the figure
_SIZE = (10, 2.22)  # inches
_MARGINS = (0.74, 0.12, 0.42, 0.22)  # left, right, bottom, top, inches
_MOST_NAMES = 0.4  # of the width, that names of curves to the right of the axes may take


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

    @property
    def size(self) -> tuple[float, float]:
        """The figure's width and height in a page's pixels."""
        width, height = self.figure.get_size_inches()
        return round(_PIXELS * width), round(_PIXELS * height)

    @property
    def along(self) -> tuple[float, ...]:
        """The width, where update 0 and the last are, in a page's pixels, and which is the last."""
        box, (width, _) = self.axes.get_position(), self.size
        low, high = self.axes.get_xlim()
        first, last = -low / (high - low), (self.scales.last - low) / (high - low)
        at = [width * float(box.x0 + share * box.width) for share in (first, last)]
        return (round(width, 1), round(at[0], 1), round(at[1], 1), float(self.scales.last))

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
        anew = other or recording.version != self._version
        changed = [
            other,
            self.marks.follow(
                trainer, self.curves.envelope.first_bad or recording.diverged_at or 0, shown
            ),
            self._make_room(),
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

    def _make_room(self) -> bool:
        """Leave as much room to the right of the axes as the names of curves there need."""
        wanted = max(_MARGINS[1], self.marks.names_width)
        return self.widen_right(min(wanted, _MOST_NAMES * self.figure.get_size_inches()[0]))
