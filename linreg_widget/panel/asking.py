"""Acts of the panel before which a lesson may ask: Step and Run of the page, and the answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from linreg_widget.lesson import Question

    from .panel import TrainerPanel


def press(self: TrainerPanel, act: str, by: object = "update", *, held: bool = False) -> None:
    """Do what the page's Step or Run does: ask first if a guess is due, else act.

    Parameters
    ----------
    act : {"step", "run"}
    by : {"phase", "update", "epoch"}
        What a step goes by.
    held : bool
        Whether a key is held down, which asks nothing.
    """
    # Read without the lock, which a cell may hold for as long as it trains.
    busy = self._is_at_work or self.trainer.status == "running"
    ask = partial(self.gate.ask, act, by)
    if held or busy or self.ask is None or not self._act(ask, pause=False):
        _do(self, act, by)


def guess(self: TrainerPanel, value: object) -> None:
    """Answer the open question, and do the act that waited for it."""
    _go_on(self, lambda: self.guesses.guess(value))


def skip(self: TrainerPanel) -> None:
    """Leave the open question without a guess, and do the act that waited for it."""
    _go_on(self, self.guesses.skip)


def _go_on(self: TrainerPanel, answer: Callable[[], Question]) -> None:
    question = self._act(lambda: self.gate.answered(answer), pause=False)
    if question is not None:  # else pressed twice, or answered in another window
        _do(self, question.act, question.by)


def _do(self: TrainerPanel, act: str, by: Any) -> None:
    if act == "run":
        self.start()
    elif act == "step":
        self.step(by)
