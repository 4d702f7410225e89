"""Stopping by itself: near the best possible loss, or when the loss no longer falls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linreg_widget.messages import nearness, say
from linreg_widget.recording import digest_of

if TYPE_CHECKING:
    from linreg_widget.settings import Stop

    from .run import Run
    from .view import RunView

_REMEMBERED = 64  # of the model's states at the ends of epochs, those that it may come back to
_HALVINGS = 10  # of the slowest error, in which a loss falls a million times
_ENDLESS = 10**9  # epochs, which nobody waits for
_CIRCLING = 20  # epochs in a row that bring back such a state: each order of rows has had its turn


class Watch:
    """Looks at a run's epochs as they end, and says when it is to stop.

    A run can go on after a stop: one that is already near the best is not stopped again for that,
    and patience starts again. It also starts again if a run was not followed epoch by epoch.
    """

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self._epoch = -1
        self._lowest, self._since = math.inf, 0
        self._best, self._worse = (0, math.inf), 0
        self._near, self._circles = False, 0
        self._states: dict[bytes, None] = {}  # an ordered set

    def look(  # noqa: PLR0913 - all that may be a reason
        self,
        epoch: int,
        loss: float,
        distance: float,
        state: bytes = b"",
        *,
        halving: float = 0,
        unseen: tuple[int, float] | None = None,
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
        halving : float
            Where only rounding keeps the best possible loss from 0, the epochs in which the slowest
            error halves at this rate; else 0.
        unseen : tuple of int and float, optional
            The number of updates, and the loss there over the rows held out.
        """
        if epoch != self._epoch + 1:
            self._forget()
        self._epoch = epoch
        within, patience = self.stop.within, self.stop.patience
        near = within is not None and distance <= within
        arrived, self._near = near and not self._near, near
        self._circles = self._circles + 1 if self._is_back_at(state) else 0
        if loss < self._lowest:
            self._lowest, self._since = loss, 0
        else:
            self._since += 1
        if unseen is not None and unseen[1] < self._best[1]:
            self._best, self._worse = unseen, 0
        else:
            self._worse += 1
        if arrived:
            return say(
                "stopping.near",
                epoch=epoch,
                loss=loss,
                distance=nearness(distance),
                within=within,
                rounding=bool(halving),
            )
        if self._circles == _CIRCLING and not near:
            return say("stopping.circling", epoch=epoch, epochs=_CIRCLING, factor=distance)
        if halving and within is not None and self._is_stuck(halving) and not near:
            return say(
                "stopping.stuck",
                epoch=epoch,
                epochs=self._since,
                halvings=_HALVINGS,
                factor=distance,
            )
        return "" if patience is None else self._lost_patience(epoch, patience)

    def _lost_patience(self, epoch: int, patience: int) -> str:
        (best, lowest), worse = self._best, self._worse
        if self.stop.on == "known":
            lowest, worse = self._lowest, self._since
        if worse < patience:
            return ""
        self._forget()
        if self.stop.on == "known":
            return say("stopping.flat", epoch=epoch, lowest=lowest, epochs=patience)
        return say("stopping.unseen", epoch=epoch, lowest=lowest, epochs=patience, best=best)

    def _is_stuck(self, halving: float) -> bool:
        """Whether the loss has just not fallen for so long that only rounding can be the cause.

        A weight near 0 is stored so finely that it may never return to the same bits, while the
        steps of the others are too small to change them.
        """
        return self._since == max(_CIRCLING, math.ceil(min(_HALVINGS * halving, _ENDLESS)))

    def _is_back_at(self, state: bytes) -> bool:
        """Whether the model had the same numbers before, to the last bit, and remember these.

        Steps smaller than half the distance to the next float32 number leave w and b as they are.
        """
        if not state or self.stop.within is None:
            return False
        known = state in self._states
        self._states.pop(state, None)
        self._states[state] = None
        if len(self._states) > _REMEMBERED:
            del self._states[next(iter(self._states))]  # the one seen longest ago
        return known

    def _forget(self) -> None:
        self._lowest, self._since = math.inf, 0
        self._best, self._worse = (0, math.inf), 0
        self._near, self._circles = False, 0
        self._states = {}


def _why_to_stop(watch: Watch, run: RunView) -> str:
    """Look at a run as an epoch ends; return why it is to stop there, or ""."""
    loss, insight, here = run.loss(), run.insight, run.position
    return watch.look(
        here.epoch,
        loss,
        insight.distance(loss),
        digest_of(run.model),
        halving=insight.slowest_half_life(run.settings.rate) if insight.is_exact else 0,
        unseen=None if run.held_out is None else (here.update, run.held_out_loss()),
    )


def look_at_epoch(watch: Watch, view: RunView, run: Run) -> None:
    """Halt a run where an epoch has just ended at which it is to stop.

    Parameters
    ----------
    watch : Watch
    view : RunView
        What can be read of the run.
    run : Run
    """
    if run.position.batch or run.phases or run.diverged:
        return
    words = _why_to_stop(watch, view) if watch.stop else ""
    if words or run.notice:  # also what stood here before the run came by again
        run.recording.note(run.update, words)
    run.halt = run.halt or bool(words)
