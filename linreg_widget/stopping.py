"""Stopping by itself: near the best possible loss, or when the loss no longer falls."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass

from .errors import SettingsError
from .settings import whole_number
from .wording import many, said

__all__ = ["Stop", "Watch"]


@dataclass(frozen=True)
class Stop:
    """When a run is to stop before its last epoch. It is looked at as each epoch ends.

    Raises
    ------
    SettingsError
        If a value is out of its range.
    """

    within: float | None = None
    """Stop once the full-data loss is at most this many times the least-squares loss; above 1."""
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
            f"within is {value!r}; it must be a number above 1: how many times the least-squares "
            "loss, the best possible, is near enough. Try 1.1."
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
        self._lowest, self._since, self._near = math.inf, 0, False

    def look(self, epoch: int, loss: float, distance: float) -> str:
        """Look at the end of an epoch; return why to stop there, or "".

        Parameters
        ----------
        epoch : int
            Completed epochs.
        loss : float
            Over the whole table.
        distance : float
            How many times the best possible loss that is.
        """
        if epoch != self._epoch + 1:
            self._forget()
        self._epoch = epoch
        within, patience = self.stop.within, self.stop.patience
        near = within is not None and distance <= within
        arrived, self._near = near and not self._near, near
        if loss < self._lowest:
            self._lowest, self._since = loss, 0
        else:
            self._since += 1
        if arrived:
            return (
                f"Stopped after epoch {epoch:,}: the full-data loss, {said(loss)}, is "
                f"{said(distance)} times the best possible, within the chosen "
                f"{said(within or 0)}."
            )
        if patience is not None and self._since >= patience:
            lowest = self._lowest
            self._forget()
            return (
                f"Stopped after epoch {epoch:,}: the full-data loss has not fallen below "
                f"{said(lowest)} for {many(patience, 'epoch')}."
            )
        return ""

    def _forget(self) -> None:
        self._lowest, self._since, self._near = math.inf, 0, False
