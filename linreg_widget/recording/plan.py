"""What is to come in a run: its epochs, and the changes that wait for the next update."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from linreg_widget.settings import Changes, Settings

    from .schedule import Position, Schedule

__all__ = ["Plan"]


class Plan:
    """How a run will go on from where it stands.

    Parameters
    ----------
    epochs : int
        How many epochs it is to have.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        """How many epochs the run is to have."""
        self.waiting: Changes = {}
        """Settings that are to change with the next update."""

    def change(self, changes: Changes, recorded: Settings) -> None:
        """Let changes wait; one to what is ``recorded`` is none, and ``epochs`` holds at once."""
        self.epochs = changes.get("epochs", self.epochs)
        if changes.keys() == {"epochs"}:
            return
        waiting = {
            name: value
            for name, value in {**self.waiting, **changes}.items()
            if name != "epochs" and value != getattr(recorded, name)
        }
        self.waiting = cast("Changes", waiting)

    def extend(self, epochs: int) -> None:
        """Make the run have so many epochs, if it has fewer."""
        self.epochs = max(self.epochs, epochs)

    def cover(self, here: Position, epochs: int | None = None) -> None:
        """Have so many epochs, the present number if not given, or as many as were begun."""
        planned = self.epochs if epochs is None else epochs
        self.epochs = max(planned, here.epoch + (here.batch > 0))

    def settings(self, recorded: Settings) -> Settings:
        """Return settings with the changes that wait."""
        settings = recorded.but(**self.waiting) if self.waiting else recorded
        return settings if settings.epochs == self.epochs else settings.but(epochs=self.epochs)

    def schedule(self, recorded: Schedule, start: int) -> Schedule:
        """Return the schedule with the changes that wait, from ``start`` updates on.

        It is the recorded one itself where nothing changes.
        """
        if self.waiting:
            settings = recorded.at(start).settings
            wanted = settings.but(**self.waiting)
            if wanted != settings:
                return recorded.changed(start, wanted)
        return recorded
