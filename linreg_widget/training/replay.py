"""A second run of a trainer, which visits its moments while the first one stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .view import RunView

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAR = 64  # updates that are made again for one moment
_MARKS = 48  # moments of the first stride to start from, where it is long
_LONGEST = 4096  # updates of it that are gone through for them


class Replay(RunView):
    """A view over a twin of a run, which can go to every recorded moment.

    It has a model of its own and leaves no trace in the original run: its place, its settings, its
    failure and its record stay as they are.

    Parameters
    ----------
    view : RunView
        It must stay as it is for as long as this one is used.
    """

    def __init__(self, view: RunView) -> None:
        twin = view._run.twin()  # noqa: SLF001 - a view is asked by one of its own kind
        super().__init__(twin)
        self._share(view)

    def visit(self, update: int, phases: int = 0) -> None:
        """Go to a recorded moment: after so many updates, and so many phases of the next one.

        If it is one of the next, go there phase by phase: each phase can be looked at on the way,
        and no checkpoint has to be restored.
        """
        run = self._run
        near = run.update == update - 1 and not phases
        if near or (run.update == update and phases >= len(run.phases)):
            run.walk_to(update, phases)
        else:
            run.go_to(update, phases, look=True)

    @property
    def phases(self) -> int:
        """The number of finished phases of the update under way."""
        return len(self._run.phases)

    def near(self, update: int) -> int:
        """Return an update that can be reached quickly: this one, or the first after a checkpoint.

        In a long run the next checkpoint may be thousands of updates away.
        """
        mark = self.recording.snapshots.before(max(update - 1, 0)).update
        return update if update - mark <= _NEAR else mark + 1

    def explore(self) -> Iterator[int]:
        """Put marks between the first two checkpoints, where they are far from each other.

        A run changes most there. Each mark is yielded as soon as it is made.
        """
        first = [*self.recording.checkpoints[1:2], len(self.recording)][0]
        stop = min(first, _LONGEST)
        if stop <= 2 * _NEAR:
            return
        for index in range(1, _MARKS):
            update = round(_NEAR * (stop / _NEAR) ** (index / _MARKS))
            self._run.go_to(update)
            self._run.mark()
            yield update
