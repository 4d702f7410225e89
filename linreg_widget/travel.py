"""Going back, and anywhere: any recorded moment of a run, exactly."""

from __future__ import annotations

from typing import Literal

from .comparison import Comparing
from .errors import SettingsError
from .settings import check_steps, whole_number

__all__ = ["By", "Traveller"]

By = Literal["phase", "update", "epoch"]


class Traveller(Comparing):
    """The part of a ``Trainer`` that goes to moments which are recorded."""

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
                f"{phase!r} is no phase of the update; its phases are {', '.join(names)}."
            )
        loop.go_to(goal, names.index(phase) + 1)
