"""The trainer: one training loop that can be stepped, run, wound back and continued, exactly.

The loop is the article's: for each epoch, for each batch, one update. What is added is control. An
update is a generator (``model.gradient_update``): a run drains it, a step by phase suspends it, as
stands in ``run``. Here is what can be asked of it; what can be read off it is in ``view``.
The trainer knows no screen and starts no thread; called from several, its verbs take turns. Whoever
drives it decides when to pull: ``advance(seconds)`` works for a slice of time and returns.
"""

from __future__ import annotations

import copy
import hashlib
import math
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsIndex, Unpack

import numpy as np
import torch

from linreg_widget import clock
from linreg_widget.errors import SettingsError
from linreg_widget.insight import Insight, round_rate
from linreg_widget.microscope import (
    UpdateFunction,
    check_can_be_pickled,
    checked_update_function,
    given_by_hand,
    learning,
)
from linreg_widget.model import gradient_update
from linreg_widget.quiet import quietly
from linreg_widget.settings import (
    By,
    Changes,
    Settings,
    Stop,
    check_seconds,
    check_setting,
    check_steps,
    rate_text,
    whole_number,
)
from linreg_widget.table import Table

from .evidence import Remembered
from .run import Loop
from .travel import Traveller
from .turns import in_turn
from .view import Coefficients, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg_widget.recording import Position

__all__ = ["Coefficients", "Status", "Trainer", "filled_in"]


_MOST_SETS = 20  # sets by hand that can be taken back
_SMALL_TABLE = 100  # rows, up to which batches are of the article's three


class Trainer(Traveller):
    """Linear regression trained by hand-written gradient descent, with every moment at hand.

    Parameters
    ----------
    table : Table or anything that ``Table.of`` takes
        The rows to train on.
    settings : Settings, optional
        How to train; see ``Settings`` for the defaults.
    update : generator function
        One gradient update, ``(model, x, y, learning_rate)``. It yields the name of each phase that
        it has finished and returns the batch's loss as a float. What it keeps from one update to
        the next it keeps on ``model``, as ``model.velocity``; it must not draw random numbers.
        Going back makes updates again, from the checkpoint before, and so do looks at a past update
        and a diagnosis. So a function that prints, or appends to a list, does that more often than
        there are updates; ``recording`` has each update once.
    stop : Stop, optional
        When a run is to stop before its last epoch: ``Stop(within=1.1)``, ``Stop(patience=10)``.
    **changes
        Single settings, by name: ``learning_rate=1e-5, epochs=100``.

    Raises
    ------
    TableError, SettingsError
        If the table or a setting is not usable.
    UpdateError
        If ``update`` is no generator function of four parameters.

    Notes
    -----
    The verbs raise ``SettingsError`` for arguments that they cannot use, and have changed nothing
    then. Those that train raise ``UpdateError`` if the update function raises; the state is then
    the one before that update. A keyboard interrupt ends any of them between two updates, with
    everything that was recorded kept.

    Examples
    --------
    >>> trainer = Trainer(crop_yields(), learning_rate=1e-5)
    >>> trainer.step()
    >>> trainer.run()
    >>> trainer.back(by="epoch")
    """

    def __init__(
        self,
        table: object,
        settings: Settings | None = None,
        *,
        update: UpdateFunction = gradient_update,
        stop: Stop | None = None,
        **changes: Unpack[Changes],
    ) -> None:
        self.lock = threading.RLock()
        self._remembered = Remembered()
        self.table = Table.of(table)
        self.stop = stop or Stop()
        self._function = checked_update_function(update)
        self._insight = Insight.of(self.table)
        wanted = Settings.of(settings, **changes)
        self._own_rate = wanted.learning_rate is not None
        self._loop = Loop(self.table, filled_in(wanted, self._insight), self._function)
        self._loop.settle()
        self._sets: deque[dict[str, Any]] = deque(maxlen=_MOST_SETS)

    # ---- forward -----------------------------------------------------------------------------

    @in_turn
    def step(self, by: By = "update", count: int = 1) -> None:
        """Go forward by phases, updates or epochs; past the last one, ``epochs`` is raised to fit.

        An update under way is finished first and counts as one. An epoch ends where its rows do.
        Where the run diverges, stepping ends; from there on it is refused.
        """
        count = check_steps(by, count)
        loop = self._ready_to_go()
        if by == "update":
            loop.train(loop.update + count)
            return
        for _ in range(count):
            if by == "phase":
                loop.step_phase()
            else:
                loop.train(loop.schedule.end_of(loop.position.epoch))
            if loop.diverged or loop.halt:
                return

    def run(self, epochs: int | None = None) -> None:
        """Train to the end of the run, or for some epochs more.

        Stops early when the loss is no longer finite (status "diverged") and on ``pause()`` from
        another thread.

        Parameters
        ----------
        epochs : int, optional
            Epochs from here on; ``settings.epochs`` is raised if they go past the end of the run.
        """
        for _ in self.slices(math.inf, epochs):
            pass

    def slices(self, seconds: float, epochs: int | None = None) -> Iterator[int]:
        """Train like ``run``, and stop every so many seconds to yield the updates done since."""
        self._ready_to_go()
        a_slice = check_seconds(seconds)
        return self._slices(a_slice, None if epochs is None else self.plan(epochs))

    def _slices(self, seconds: float, goal: int | None) -> Iterator[int]:
        while not self._loop.halt:
            stop = self.total if goal is None else self._loop.schedule.end_of(goal - 1)
            if not (done := self._train(stop, seconds)):
                return
            yield done

    def plan(self, epochs: int) -> int:
        """Make the run long enough for so many epochs more; return the epoch at which they end."""
        goal = self.position.epoch + check_setting("epochs", epochs)
        self._loop.plan.extend(goal)
        return goal

    @in_turn
    def advance(self, seconds: float, updates: int | None = None) -> int:
        """Train for a slice of time and return the number of updates done.

        At the end of the run, or where it diverged, that is none.

        Parameters
        ----------
        seconds : float
            How long to work; at least one update is done if any is left.
        updates : int, optional
            The most updates to do.
        """
        time_left, stop = check_seconds(seconds), self.total
        if updates is not None:
            stop = min(stop, self._loop.update + whole_number("updates", updates, 0))
        self._loop.halt = False
        return 0 if updates == 0 else self._train(stop, time_left)

    def pause(self) -> None:
        """End a run or a slice that another thread is in, after the update under way or the next.

        The next one is then made phase by phase, so that it can be looked at.
        """
        self._loop.halt = True

    def __iter__(self) -> Iterator[Position]:
        """Make one update after the other until the run is finished, stops or diverges."""
        self._loop.halt = False
        while self._train(min(self._loop.update + 1, self.total), math.inf, look=False):
            yield self.position

    # ---- anew, and otherwise -----------------------------------------------------------------

    @in_turn
    def reset(self, seed: int | None = None, *, standardize: bool | None = None) -> None:
        """Begin again with the present settings; the run so far stays as a branch.

        Parameters
        ----------
        seed : int, optional
            Draw another w, b and order of the rows. Without it they are the same as before.
        standardize : bool, optional
            Whether to scale the features from now on. A learning rate that was never given, but
            worked out from the data, is worked out anew then.
        """
        settings = self.settings
        if seed is not None:
            settings = settings.but(seed=seed)
        if standardize is not None:
            scaled_before, settings = settings.standardize, settings.but(standardize=standardize)
            if settings.standardize != scaled_before and not self._own_rate:
                settings = settings.but(learning_rate=None)
        settings = filled_in(settings, self._insight)
        loop = Loop(self.table, settings, self._function, self._loop)
        try:
            self._loop.drop()
            self._loop = loop
            self._sets.clear()
            loop.settle()
        finally:
            self._loop.settle()  # nothing to do, unless there was an interrupt

    @in_turn
    def change(self, **changes: Unpack[Changes]) -> None:
        """Change settings from the next update on; the change is recorded with the run.

        ``shuffle`` holds from the next epoch on; ``seed`` and ``standardize`` belong to ``reset``.
        Going on from a moment in the past with changed settings starts a branch, and the recorded
        future is kept in ``recording.branches``.
        """
        loop, now = self._loop, self.settings
        checked: Any = {}
        for name, value in changes.items():
            checked[name] = check_setting(name, value)
            if name in ("seed", "standardize") and checked[name] != getattr(now, name):
                raise SettingsError(
                    f"{name} belongs to the start of a run; use reset({name}={value!r}) instead."
                )
        self._own_rate = self._own_rate or "learning_rate" in changes
        recorded = loop.recording.segment_at(loop.next_update).settings
        loop.plan.change(checked, recorded)

    @in_turn
    def set(self, w: object = None, b: object = None) -> None:
        """Set weights or biases by hand. That is recorded, and a recorded future stays as a branch.

        An update under way is left first, since its gradient belongs to the old numbers.

        Parameters
        ----------
        w : array_like, shape (t, d), optional
            Weights as the model has them: of the scaled features in a run with ``standardize``.
        b : array_like, shape (t,), optional
            Biases.

        Raises
        ------
        SettingsError
            If they are no finite float32 numbers of that shape, or the run has diverged here.
        """
        loop = self._ready_to_go()
        given = {name: numbers for name, numbers in (("w", w), ("b", b)) if numbers is not None}
        checked = {
            name: given_by_hand(name, numbers, getattr(self.model, name).shape)
            for name, numbers in given.items()
        }
        before = loop.kept()
        loop.set_by_hand(checked)
        self._sets.append(before)

    @property
    def can_undo(self) -> bool:
        """Whether something was set by hand, in the run as it is, that can be taken back."""
        return bool(self._sets) and self._sets[-1]["update"] in self.recording.edited

    @in_turn
    def undo(self) -> None:
        """Take back what was last set by hand: the run is where and what it was before.

        The future recorded then is there again; one recorded since stays as a branch. The latest
        twenty can be taken back, one after the other.

        Raises
        ------
        SettingsError
            If nothing in this run was set by hand.
        """
        if not self.can_undo:
            raise SettingsError("nothing in this run was set by hand, so there is nothing to undo.")
        self._loop.take_back(self._sets.pop())

    @in_turn
    def rescue(self, to: Literal["start", "good"]) -> None:
        """Go back to where all was well, with a rate that is safe from the next update on.

        Parameters
        ----------
        to : {"start", "good"}
            The start, as by ``reset()``, or the last good update; see ``diagnosis``.

        Raises
        ------
        SettingsError
            If nothing is wrong, no learning rate helps, or no moment was as good as the start.
        """
        if to not in ("start", "good"):
            raise SettingsError(f"to is {to!r}; it must be 'start' or 'good'.")
        found = self.diagnosis
        if not found.kind:
            raise SettingsError("there is nothing to be rescued from; use reset() or seek(update).")
        if found.safe_rate is None:
            raise SettingsError(
                f"no learning rate helps here. {found.words} Begin again with a new trainer."
            )
        if to == "start":
            self.change(learning_rate=found.safe_rate)
            self.reset()
            return
        if found.good_update is None:
            raise SettingsError(
                "no update of this run has a loss as low as the start, of its batch and of all "
                "rows; use rescue('start'), or seek(update) and change(learning_rate=...)."
            )
        self._own_rate = True
        self._loop.go_to(found.good_update)
        self._loop.leave(self.settings.but(learning_rate=found.safe_rate))

    # ---- copies ------------------------------------------------------------------------------

    # A copy, by ``copy``, ``pickle`` or whoever uses them (joblib, multiprocessing), is a trainer
    # of its own in the same state. It shares only the update function, which it knows by reference.

    @in_turn
    def __getstate__(self) -> dict[str, Any]:
        """Return all that a copy is made from, detached from this trainer."""
        made_anew = ("lock", "_insight", "_remembered", "_sets")
        state = {name: value for name, value in vars(self).items() if name not in made_anew}
        return {**state, "_watch": copy.copy(self._watch), "_loop": self._loop.kept()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.lock = threading.RLock()
        self._remembered = Remembered()
        self._sets = deque(maxlen=_MOST_SETS)
        self._insight = Insight.of(self.table)
        self._loop = Loop.resumed(self.table, self._function, state["_loop"])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        memo[id(self._function)] = self._function
        memo[id(self)] = twin = type(self).__new__(type(self))
        with learning():
            twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    def __copy__(self) -> Self:
        return copy.deepcopy(self)

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> str | tuple[Any, ...]:
        check_can_be_pickled(self._function)
        return super().__reduce_ex__(protocol)

    # ---- inside ------------------------------------------------------------------------------

    def _ready_to_go(self) -> Loop:
        loop = self._loop
        if loop.diverged:
            found = self.diagnosis
            ways = "mend the update function in a new trainer."
            if found.safe_rate is not None:
                good = "" if found.good_update is None else " or rescue('good')"
                ways = (
                    "lower the learning rate with change(learning_rate=...); or use rescue('start')"
                )
                ways += f"{good}."
            raise SettingsError(f"{found.words} Go back() or reset(), and {ways}")
        loop.halt = False
        return loop

    @in_turn
    def _train(self, stop: int, time_left: float, *, look: bool = True) -> int:
        """Make updates until ``stop`` are done; return how many were made now."""
        loop, before = self._loop, self._loop.update
        if not loop.phases and (loop.diverged or before >= stop):
            return 0
        deadline = clock.now() + time_left
        while True:
            goal = min(stop, loop.end_of_epoch) if self.stop else stop
            loop.train(goal, deadline, look=look)
            self._look_at_epoch()
            if loop.update < goal or loop.update >= stop or loop.halt or loop.diverged:
                return loop.update - before

    def _look_at_epoch(self) -> None:
        """Halt where an epoch has just ended at which the run is to stop."""
        loop, here = self._loop, self._loop.position
        if here.batch or loop.phases or loop.diverged:
            return
        words = ""
        if self.stop:
            loss, insight = self.loss(), self.insight
            state = hashlib.blake2b(b"".join(_bytes_of(self.model))).digest()
            halving = insight.slowest_half_life(self.settings.rate) if insight.is_exact else 0
            words = self._watch.look(
                here.epoch, loss, insight.distance(loss), state, halving=halving
            )
        if words or loop.notice:  # also what stood here before the run came by again
            loop.recording.note(loop.update, words)
        loop.halt = loop.halt or bool(words)


def _bytes_of(model: object) -> Iterator[bytes]:
    """Yield the bytes of a model's tensors and of their gradients."""
    for value in vars(model).values():
        if isinstance(value, torch.Tensor):
            yield value.detach().numpy().tobytes()
            if value.is_leaf and value.grad is not None:
                yield value.grad.numpy().tobytes()


@quietly
def filled_in(settings: Settings, insight: Insight) -> Settings:
    """Return settings with learning rate and batch size worked out where they are None.

    Raises
    ------
    SettingsError
        If the features are so large that no float32 number is a stable learning rate.
    """
    if settings.batch_size is None:
        size = 3 if insight.table.rows <= _SMALL_TABLE else 64
        settings = settings.but(batch_size=size)
    if settings.learning_rate is None:
        told = insight.but(batch_size=settings.batch_rows, standardize=settings.standardize)
        limit = told.largest_stable_rate
        rate = round_rate(limit / 10)
        if rate < np.finfo(np.float32).tiny:
            raise SettingsError(
                f"the features are so large that the largest stable learning rate is "
                f"{rate_text(round_rate(limit))}, too small for "
                "float32; use standardize=True, or other units."
            )
        settings = settings.but(learning_rate=rate)
    return settings
