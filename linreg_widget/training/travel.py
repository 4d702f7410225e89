"""Going back, and anywhere: any recorded moment of a run, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linreg_widget.errors import SettingsError
from linreg_widget.settings import By, check_steps, whole_number

from .comparison import Comparing
from .turns import in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sightseer", "Traveller"]

_NEAR = 64  # updates that are made again for one moment
_MARKS = 48  # moments of the first stride to start from, where it is long
_LONGEST = 4096  # updates of it that are gone through for them


class Traveller(Comparing):
    """The part of a ``Trainer`` that goes to moments which are recorded."""

    @in_turn
    def back(self, by: By = "update", count: int = 1) -> None:
        """Go back by phases, updates or epochs, exactly; what was recorded stays for going on.

        From within an update, ``by="update"`` goes to its beginning; from within an epoch,
        ``by="epoch"`` goes to the epoch's beginning. At the start of the run it stays there.
        """
        count = check_steps(by, count)
        loop, goal, inside = self._loop, self._loop.update, bool(self._loop.phases)
        if by == "phase":
            for _ in range(count):
                loop.go_back_phase()
            return
        if by == "update":
            goal -= count - inside
        else:
            locate = self.recording.schedule.locate
            for _ in range(count):
                batch = locate(goal).batch
                if goal and not batch and not inside:
                    batch = locate(goal - 1).batch + 1
                goal, inside = goal - batch, False
        loop.go_to(max(goal, 0))

    @in_turn
    def seek(self, update: int, phase: str | None = None) -> None:
        """Go to any recorded moment, exactly; changes that wait for the next update go on waiting.

        Parameters
        ----------
        update : int
            Completed updates there, 0 to ``len(recording)``.
        phase : str, optional
            The last finished phase of the next update.
        """
        goal, loop, recorded = whole_number("update", update, 0), self._loop, len(self.recording)
        if goal > recorded:
            raise SettingsError(
                f"update {goal} is not recorded; recorded are 0 to {recorded}. "
                "Run or step to get further."
            )
        if phase is None:
            loop.go_to(goal)
            return
        if goal == self.recording.diverged_at:
            raise SettingsError(
                f"the run diverged at update {goal}, so that no update comes after it; seek an "
                f"earlier one with a phase, or {goal} without."
            )
        before = (loop.update, len(loop.phases))
        names = loop.phase_names(goal)
        if phase not in names:
            loop.go_to(*before)
            raise SettingsError(
                f"{phase!r} is not a phase of this update; its phases are {', '.join(names)}."
            )
        loop.enter(names.index(phase) + 1)


class Sightseer(Comparing):
    """A second trainer of the same run, which goes to its moments while the first one stays.

    It has a model of its own and leaves no trace in the trainer: not in its place, its settings,
    its failure, nor in what is recorded.

    Parameters
    ----------
    trainer : Trainer
        It must stay as it is for as long as this one is used.
    """

    def __init__(self, trainer: Comparing) -> None:
        vars(self).update(vars(trainer))
        self._loop = self._loop.twin()

    def visit(self, update: int, phases: int = 0) -> None:
        """Go to a recorded moment: after so many updates, and so many phases of the next one."""
        self._loop.visit(update, phases)

    @property
    def phases(self) -> int:
        """The number of finished phases of the update under way."""
        return len(self._loop.phases)

    def near(self, update: int) -> int:
        """Return an update that can be looked at soon: this one, or a first one after a checkpoint.

        In a long run the next checkpoint may be thousands of updates away.
        """
        mark = self.recording.snapshots.before(max(update - 1, 0)).update
        return update if update - mark <= _NEAR else mark + 1

    def explore(self) -> Iterator[int]:
        """Put marks between the first two checkpoints, where they are far from each other.

        There a run changes most. Each mark is yielded as soon as it is made.
        """
        first = [*self.recording.checkpoints[1:2], len(self.recording)][0]
        stop = min(first, _LONGEST)
        if stop <= 2 * _NEAR:
            return
        for index in range(1, _MARKS):
            update = round(_NEAR * (stop / _NEAR) ** (index / _MARKS))
            self._loop.go_to(update)
            self._loop.mark()
            yield update
