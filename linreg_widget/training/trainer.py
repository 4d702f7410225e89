"""The trainer: one training loop that can be stepped, run, wound back and continued, exactly.

The loop is the article's: for each epoch, for each batch, one update. What is added is control. An
update is a generator (``model.gradient_update``): a run makes it whole, a step by phase suspends it
(``run``). Here are the verbs, all of them; what can be read of a run is in ``view``.
The trainer knows no screen and trains in the thread that calls it; another one may gather rows
(``ahead``). Called from several, its verbs take turns. Whoever drives it decides when to pull:
``advance(seconds)`` works for a slice of time and returns.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsIndex, Unpack, cast

from linreg_widget import clock
from linreg_widget.errors import SettingsError
from linreg_widget.insight import Insight
from linreg_widget.messages import say
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
    check_changes,
    check_seconds,
    check_setting,
    check_steps,
    whole_number,
)
from linreg_widget.table import Table

from .copies import kept, resumed
from .defaults import begun_anew, filled_in
from .held_out import split
from .run import Look, Run
from .stopping import Watch, look_at_epoch
from .verdict import no_way_on, rescuable
from .view import RunView, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg_widget.recording import Position

    from .comparison import KeptRun

_MOST_KEPT = 12


class Trainer(RunView):
    """Linear regression trained by hand-written gradient descent, with every moment at hand.

    Parameters
    ----------
    table : Table or anything that ``Table.of`` takes
        The rows to train on.
    settings : Settings, optional
    update : generator function
        One gradient update, ``(model, x, y, learning_rate)``. It yields the name of each phase that
        it has finished and returns the batch's loss as a float. What it keeps from one update to
        the next it keeps on ``model``, as ``model.velocity``; it must not draw random numbers.
        Going back repeats updates from the checkpoint before, and so do a look at a past update
        and a diagnosis. So a function that prints, or appends to a list, does so more often than
        there are updates; ``recording`` has each update once.
    stop : Stop, optional
        When a run is to stop before its last epoch: ``Stop(within=1.1)``, ``Stop(patience=10)``.
    held_out : float, str, sequence of str, sequence of bool, or Table, optional
        Rows to keep out of training: a fraction drawn with the seed, row names, a mask of shape
        (n,), or a Table with the same columns. ``trainer.table`` then has the others.
    **changes
        Single settings, by name: ``learning_rate=1e-5, epochs=100``.

    Raises
    ------
    TableError, SettingsError
        If the table or a setting is not usable.
    UpdateError
        If ``update`` is not a generator function with four parameters.

    Notes
    -----
    The verbs raise ``SettingsError`` for arguments that they cannot use, and then change nothing.
    Those that train raise ``UpdateError`` if the update function raises; the state is then the one
    before that update. A keyboard interrupt ends any of them between two updates and keeps
    everything that was recorded.

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
        held_out: object = None,
        **changes: Unpack[Changes],
    ) -> None:
        function, wanted = checked_update_function(update), Settings.of(settings, **changes)
        kept, others, self.held_rows = split(Table.of(table), held_out, wanted.seed)
        insight = Insight.of(kept)
        run = Run(kept, filled_in(wanted, insight), function, held_out=others)
        super().__init__(run)
        self._insight = insight
        self.has_own_rate = wanted.learning_rate is not None
        self.stop = Stop.of(stop)
        run.settle()

    @classmethod
    def from_run(cls, file: object, table: object = None) -> Self:
        """Open the run that a script of ``to_script(distributed=True)`` wrote, at its end.

        Its losses are as recorded. Updates between two checkpoints are repeated here, by one
        process, and agree to about six digits: ``repr`` and ``notice`` say how well.

        Parameters
        ----------
        file : path
        table : anything that ``Table.of`` takes, optional
            All rows of the run, those held out included, if its ``.npy`` files are elsewhere now.

        Raises
        ------
        SettingsError
            If it is not the file of such a run, or the rows are those of another one.
        """
        from .opened import opened

        return opened(cls, file, table)

    @property
    def stop(self) -> Stop:
        """When a run is to stop before its last epoch; it can be set."""
        return self._watch.stop

    @stop.setter
    def stop(self, stop: Stop | None) -> None:
        if (stop := Stop.of(stop)).on == "held_out" and self.held_out is None:
            raise SettingsError(say("moments.stop_unseen"))
        self._watch = Watch(stop)

    # ---- forward -----------------------------------------------------------------------------

    @in_turn
    def step(self, by: By = "update", count: int = 1) -> None:
        """Go forward by phases, updates or epochs; past the last one, ``epochs`` is raised to fit.

        An update under way is finished first and counts as one. An epoch ends where its rows do.
        Where the run diverges, stepping ends; from there on it is refused.

        Parameters
        ----------
        by : {"phase", "update", "epoch"}
        count : int, 1 or more
        """
        count = check_steps(by, count)
        run = self._ready_to_go()
        if by == "update":
            run.train(run.update + count, look="later")
            return
        for _ in range(count):
            if by == "phase":
                run.step_phase()
            else:
                run.train(run.schedule.end_of(run.position.epoch), look="later")
            if run.diverged or run.halt:
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
        """Train like ``run``, and stop every few seconds to yield the updates done since."""
        self._ready_to_go()
        return self._slices(check_seconds(seconds), None if epochs is None else self.plan(epochs))

    def _slices(self, seconds: float, goal: int | None) -> Iterator[int]:
        while not self._run.halt:
            stop = self.total if goal is None else self._run.schedule.end_of(goal - 1)
            if not (done := self._train(stop, seconds)):
                return
            yield done

    def plan(self, epochs: int) -> int:
        """Make the run long enough for some more epochs; return the epoch at which they end."""
        goal = self.position.epoch + check_setting("epochs", epochs)
        self._run.plan.extend(goal)
        return goal

    @in_turn
    def advance(self, seconds: float, updates: int | None = None) -> int:
        """Train for a slice of time and return the number of updates done.

        At the end of the run, or where it diverged, that number is 0.

        Parameters
        ----------
        seconds : float
            How long to work; at least one update is done if any is left.
        updates : int, optional
            The most updates to do.
        """
        time_left, stop = check_seconds(seconds), self.total
        if updates is not None:
            stop = min(stop, self._run.update + whole_number("updates", updates, 0))
        self._run.halt = False
        return 0 if updates == 0 else self._train(stop, time_left)

    def pause(self) -> None:
        """End a run or a slice that another thread is in, after the update under way or the next.

        The next one is then made phase by phase, so that it can be looked at.
        """
        self._run.halt = True

    def __iter__(self) -> Iterator[Position]:
        """Make one update after the other until the run is finished, stops or diverges."""
        self._run.halt = False
        while self._train(min(self._run.update + 1, self.total), math.inf, look="never"):
            yield self.position

    # ---- back, and anywhere ------------------------------------------------------------------

    @in_turn
    def back(self, by: By = "update", count: int = 1) -> None:
        """Go back by phases, updates or epochs, exactly; the record stays, so you can go on.

        From within an update, ``by="update"`` goes to its beginning; from within an epoch,
        ``by="epoch"`` goes to the epoch's beginning. At the start of the run it stays there.

        Parameters
        ----------
        by : {"phase", "update", "epoch"}
        count : int, 1 or more
        """
        count = check_steps(by, count)
        run, inside = self._run, bool(self._run.phases)
        if by == "phase":
            for _ in range(count):
                run.go_back_phase()
        elif by == "update":
            run.go_to(max(run.update - (count - inside), 0))
        else:
            run.go_to(self.recording.schedule.back(run.update, count, inside=inside))

    @in_turn
    def seek(self, update: int, phase: str | None = None) -> None:
        """Go to any recorded moment, exactly; changes that wait for the next update keep waiting.

        Parameters
        ----------
        update : int
            Completed updates there, 0 to ``len(recording)``.
        phase : str, optional
            The last finished phase of the next update.

        Raises
        ------
        SettingsError
            If the moment is not recorded, or that update has no such phase.
        """
        run, goal, recorded = self._run, whole_number("update", update, 0), len(self.recording)
        if goal > recorded:
            raise SettingsError(say("moments.not_recorded", update=goal, recorded=recorded))
        if phase is None:
            run.go_to(goal)
            return
        if (ended := goal >= self.total) or goal == self.recording.diverged_at:
            raise SettingsError(say("moments.no_more", ended=ended, update=goal))
        before = (run.update, len(run.phases))
        names = run.phase_names(goal)
        if phase not in names:
            run.go_to(*before)
            raise SettingsError(say("moments.no_phase", phase=repr(phase), names=", ".join(names)))
        run.enter(names.index(phase) + 1)

    # ---- anew, and otherwise -----------------------------------------------------------------

    @in_turn
    def reset(self, seed: int | None = None, *, standardize: bool | None = None) -> None:
        """Begin again with the present settings; the run so far stays as a branch.

        Parameters
        ----------
        seed : int, optional
            Draw a new w, b and order of the rows. Without it they are the same as before.
        standardize : bool, optional
            Whether to scale the features from now on. A learning rate that was never given, but
            worked out from the data, is then worked out again.
        """
        others = {"seed": seed, "standardize": standardize}
        settings = begun_anew(self.settings, others, self._insight, own_rate=self.has_own_rate)
        run = Run(self.table, settings, self.update_function, self._run, self.held_out)
        try:
            self._run.drop()
            self._run = run
            run.settle()
        finally:
            self._run.settle()  # nothing to do, unless there was an interrupt

    @in_turn
    def change(self, **changes: Unpack[Changes]) -> None:
        """Change settings from the next update on; the change is recorded with the run.

        ``shuffle`` holds from the next epoch on; ``seed`` and ``standardize`` belong to ``reset``.
        Going on from a moment in the past with changed settings starts a branch, and the recorded
        future is kept in ``recording.branches``.

        Parameters
        ----------
        **changes
            Settings by name, as ``learning_rate=1e-5``; see ``Settings``.
        """
        run, checked = self._run, check_changes(changes, self.settings)
        self.has_own_rate = self.has_own_rate or "learning_rate" in checked
        run.plan.change(checked, run.recording.segment_at(run.next_update).settings)

    @in_turn
    def set(self, w: object = None, b: object = None) -> None:
        """Set weights or biases by hand. This is recorded; a recorded future stays as a branch.

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
            If they are not finite float32 numbers of that shape, or the run has diverged here.
        """
        run = self._ready_to_go()
        given = {name: numbers for name, numbers in (("w", w), ("b", b)) if numbers is not None}
        run.set_by_hand(
            {
                name: given_by_hand(name, numbers, getattr(self.model, name).shape)
                for name, numbers in given.items()
            }
        )

    @in_turn
    def undo(self) -> None:
        """Undo what was last set by hand: the run is where and what it was before.

        The future recorded then is there again; one recorded since stays as a branch. The latest
        twenty can be undone, one after the other; a copy begins without any.

        Raises
        ------
        SettingsError
            If nothing in this run was set by hand.
        """
        if not self.can_undo:
            raise SettingsError(say("moments.no_undo"))
        self._run.take_back()

    @in_turn
    def rescue(self, to: Literal["start", "good", "best"]) -> None:
        """Go back to a good moment, with a rate that is safe from the next update on.

        Parameters
        ----------
        to : {"start", "good", "best"}
            The start, as with ``reset()``; the last good update, see ``diagnosis``; or the update
            after which the rows held out had their lowest loss, at the same rate.

        Raises
        ------
        SettingsError
            If nothing is wrong, no learning rate helps, or no moment was as good as the start.
        """
        if to == "best" and self.best_update is not None:
            self.seek(self.best_update)
            return
        found = rescuable(self.diagnosis, to)
        if to == "start":
            self.change(learning_rate=found.safe_rate)
            self.reset()
            return
        self.has_own_rate = True
        self._run.go_to(cast("int", found.good_update))
        self._run.leave(self.settings.but(learning_rate=found.safe_rate))

    # ---- other runs to compare with ----------------------------------------------------------

    @in_turn
    @quietly
    def keep(self, name: str | None = None) -> KeptRun:
        """Keep the run as it stands, for ``comparison()``, and return what is kept: at most twelve.

        Parameters
        ----------
        name : str, optional
            What it is called; by default its settings.
        """
        from .comparison import kept_of  # most runs are never compared

        run = kept_of(self, name)
        self.kept = (*self.kept, run)[-_MOST_KEPT:]
        return run

    @in_turn
    def forget(self, index: int) -> None:
        """Drop a kept run.

        Parameters
        ----------
        index : int
            Which one, counted from 0.
        """
        from .comparison import without

        self.kept = without(self.kept, index)

    # ---- copies ------------------------------------------------------------------------------

    # A copy, by ``copy``, ``pickle`` or whoever uses them (joblib, multiprocessing), is a trainer
    # of its own in the same state. It shares only the update function, which it knows by reference.

    @in_turn
    def __getstate__(self) -> dict[str, Any]:
        """Return all that a copy is made from, detached from this trainer."""
        made_anew = ("table", "held_out", "lock", "_insight", "_remembered")
        state = {name: value for name, value in vars(self).items() if name not in made_anew}
        return {**state, "_watch": copy.copy(self._watch), "_run": kept(self._run)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__(resumed(Run, state["_run"]))
        for name, value in state.items():
            if name != "_run":
                setattr(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        memo[id(self.update_function)] = self.update_function
        memo[id(self)] = twin = type(self).__new__(type(self))
        with learning():
            twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    def __copy__(self) -> Self:
        return copy.deepcopy(self)

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> str | tuple[Any, ...]:
        check_can_be_pickled(self.update_function)
        return super().__reduce_ex__(protocol)

    # ---- inside ------------------------------------------------------------------------------

    def _ready_to_go(self) -> Run:
        run = self._run
        if run.diverged:
            raise SettingsError(no_way_on(self.diagnosis, own=run.function is not gradient_update))
        run.halt = False
        return run

    @in_turn
    def _train(self, stop: int, time_left: float, look: Look = "later") -> int:
        """Make updates until ``stop`` are done; return how many were made now."""
        run, before = self._run, self._run.update
        if not run.phases and (run.diverged or before >= stop):
            return 0
        deadline = clock.now() + time_left if time_left < math.inf else math.inf
        while True:
            goal = min(stop, run.end_of_epoch) if self.stop else stop
            run.train(goal, deadline, look)
            look_at_epoch(self._watch, self, run)
            if run.update < goal or run.update >= stop or run.halt or run.diverged:
                return run.update - before
