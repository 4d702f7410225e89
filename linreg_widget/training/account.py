"""A run told in a sentence, to those who do not see its plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linreg_widget.wording import said

if TYPE_CHECKING:
    from .comparison import Comparing

__all__ = ["described"]


def described(trainer: Comparing, full: float, floor: float) -> str:
    """Say in a sentence or two where a run stands and how its loss came there.

    Parameters
    ----------
    trainer : Comparing
    full : float
        The loss over all rows, with w and b as they are.
    floor : float
        The best possible loss, ``Insight.floor``.
    """
    losses, position, total = trainer.recording.losses, trainer.position, trainer.total
    update = position.update
    floor_words = f"the best possible, by least squares, is {said(floor)}"
    stands = f"the loss over all rows is {said(full)}, and {floor_words}"
    if not len(losses):
        return f"No update yet of {total:,}: {stands}."
    if not update:
        return f"Back at the start, with {len(losses):,} updates recorded: {stands}."
    first, last = said(float(losses[0])), said(float(losses[update - 1]))
    ahead = f" ({len(losses):,} are recorded)" if update < len(losses) else ""
    if update == trainer.recording.diverged_at:
        return (
            f"The run diverged: from {first}, the batch loss grew to {last} at update {update:,}."
        )
    moved = "is still" if first == last else f"went from {first} to"
    return f"After {update:,} of {total:,} updates{ahead} the batch loss {moved} {last}; {stands}."
