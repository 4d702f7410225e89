"""Stopping by itself: near the best possible loss, or when the loss no longer falls."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass

from .errors import SettingsError
from .settings import whole_number
from .wording import many, said

__all__ = ["Stop", "Watch"]

_REMEMBERED = 32  # epochs among which a run may go round


@dataclass(frozen=True)
class Stop:
    """When a run is to stop before its last epoch. It is looked at as each epoch ends.

    Raises
    ------
    SettingsError
        If a value is out of its range.
    """

    within: float | None = None
    """Stop once the full-data loss is at most this many times the best possible; above 1.

    Also where 32-bit numbers come no nearer at this rate: w and b return to the same numbers."""
    patience: int | None = None
    """Stop once the full-data loss has reached no new low for so many epochs; at least 1."""

    def __post_init__(self) -> None:
        if self.within is not None:
            object.__setattr__(self, "within", _factor(self.within))
        if self.patience is not None:
            object.__setattr__(self, "patience", whole_number("patience", self.patience, 1))

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return self.within is not None or self.patience is not None


def _factor(value: object) -> float:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    factor = float(value) if number else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(factor) and factor > 1):
        raise SettingsError(
            f"within is {value!r}; it must be a number above 1: how many times the best "
            "possible loss is near enough. Try 1.1."
        )
    return factor


class Watch:
    """Looks at a run's epochs as they end, and says when it is to stop.

    Going on after a stop is possible: a run that is near the best already is not stopped again for
    that, and patience begins anew. So it does where a run is not followed epoch by epoch.

    Parameters
    ----------
    stop : Stop
    """

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self._epoch = -1
        self._forget()

    def look(
        self, epoch: int, loss: float, distance: float, state: bytes = b"", *, exact: bool = False
    ) -> str:
        """Look at the end of an epoch; return why to stop there, or "".

        Parameters
        ----------
        epoch : int
            Completed epochs.
        loss : float
            Over the whole table.
        distance : float
            How many times the best possible loss that is.
        state : bytes
            The model's numbers, which tell whether the run goes round in a circle.
        exact : bool
            Whether only rounding keeps the best possible loss from 0.
        """
        if epoch != self._epoch + 1:
            self._forget()
        self._epoch = epoch
        within, patience = self.stop.within, self.stop.patience
        near = within is not None and distance <= within
        arrived, self._near = near and not self._near, near
        circles, was_circling = self._seen_before(epoch, state), self._circling
        self._circling = circles > 0
        if loss < self._lowest:
            self._lowest, self._since = loss, 0
        else:
            self._since += 1
        if arrived:
            return (
                f"Stopped after epoch {epoch:,}: the full-data loss, {said(loss)}, is "
                f"{said(distance)} times the best possible, within the chosen "
                f"{said(within or 0)}"
                f"{': 32-bit numbers come no nearer to 0.' if exact else '.'}"
            )
        if circles and not (near or was_circling):
            return (
                f"Stopped after epoch {epoch:,}: to the last bit, w and b are the same as "
                f"{many(circles, 'epoch')} before. At this learning rate, 32-bit numbers come no "
                f"nearer than {said(distance)} times the best possible."
            )
        if patience is not None and self._since >= patience:
            lowest = self._lowest
            self._forget()
            return (
                f"Stopped after epoch {epoch:,}: the full-data loss has not fallen below "
                f"{said(lowest)} for {many(patience, 'epoch')}."
            )
        return ""

    def _seen_before(self, epoch: int, state: bytes) -> int:
        """Return how many epochs ago the model was the same to the last bit; 0 if it was not.

        Steps smaller than half the distance to the next float32 number leave w and b as they are.
        """
        if not state or self.stop.within is None:
            return 0
        last = self._places.pop(state, epoch)
        self._places[state] = epoch
        if len(self._places) > _REMEMBERED:
            del self._places[next(iter(self._places))]  # the oldest
        return epoch - last

    def _forget(self) -> None:
        self._lowest, self._since = math.inf, 0
        self._near = self._circling = False
        self._places: dict[bytes, int] = {}  # the model's numbers, and the epoch that had them
