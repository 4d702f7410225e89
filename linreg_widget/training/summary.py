"""A run told to those who do not see its plot: in words, and as a table by epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.quiet import quietly
from linreg_widget.recording import MeanDecimator
from linreg_widget.settings import rate_text
from linreg_widget.wording import nearness, said

if TYPE_CHECKING:
    from linreg_widget.table import Table

    from .view import RunView

__all__ = ["EpochTable", "described", "summary_of"]

_MOST_ROWS = 100  # even, as ``MeanDecimator`` wants it


def described(view: RunView, full: float, floor: float) -> str:
    """Say in a sentence or two where a run stands and how its loss came there.

    Parameters
    ----------
    view : RunView
    full : float
        The loss over all rows, with w and b as they are.
    floor : float
        The best possible loss, ``Insight.floor``.
    """
    losses, position, total = view.recording.losses, view.position, view.total
    update = position.update
    floor_words = f"the best possible, by least squares, is {said(floor)}"
    stands = f"the loss over all rows is {said(full)}, and {floor_words}"
    if not len(losses):
        return f"No update yet of {total:,}: {stands}."
    if not update:
        return f"Back at the start, with {len(losses):,} updates recorded: {stands}."
    first, last = said(float(losses[0])), said(float(losses[update - 1]))
    ahead = f" ({len(losses):,} are recorded)" if update < len(losses) else ""
    if update == view.recording.diverged_at:
        return (
            f"The run diverged: from {first}, the batch loss grew to {last} at update {update:,}."
        )
    moved = "is still" if first == last else f"went from {first} to"
    return f"After {update:,} of {total:,} updates{ahead} the batch loss {moved} {last}; {stands}."


@quietly
def summary_of(view: RunView) -> str:
    """Say in a few lines how a run ended: the losses, and the coefficients in the table's units."""
    table, settings = view.table, view.settings
    losses, loss = view.recording.losses, view.loss()
    near = nearness(view.insight.distance(loss))
    lines = [
        (
            f"{table.name or 'Linear regression'}: {table.rows} rows, {table.features} features -> "
            f"{table.outputs} targets; {view.status} after {view.position.epoch} epochs "
            f"({view.position.update} updates), learning rate {rate_text(settings.rate)}"
        ),
        (
            f"loss over all rows {said(loss)}{near and f', {near}'}; "
            f"last batch {said(float(losses[-1]))}, first {said(float(losses[0]))}"
        ),
        _coefficients(table, *view.coefficients()),
    ]
    lines += [note.words for note in table.notes]
    lines += [words for words in (view.notice, view.diagnosis.words) if words]
    if settings.standardize:
        scaled = view.coefficients(scaled=True)
        lines += ["of the standardized features:", _coefficients(table, *scaled)]
    return "\n".join(lines)


def _term(number: float) -> str:
    """Write a number of a formula with its sign, as one types it: "+1.5", "-2e-5"."""
    return f"{'-' if number < 0 else '+'}{rate_text(float(f'{abs(number):.4g}'))}"


def _coefficients(table: Table, w: Any, b: Any) -> str:
    lines = []
    for target, weights, bias in zip(table.target_names, w, b, strict=True):
        terms = [
            f"{_term(weight)} * {name}"
            for weight, name in zip(weights, table.feature_names, strict=True)
        ]
        lines.append(f"{target} = {' '.join(terms)} {_term(bias)}")
    return "\n".join(lines)


class EpochTable:
    """The losses of a run by epochs, in at most a hundred rows and the start.

    Where there are more epochs, a row stands for as many as the next power of two: the mean is that
    of all of them, the loss over all rows that at their end. New epochs are read once.
    """

    def __init__(self) -> None:
        self._version = -1
        self._means = MeanDecimator(_MOST_ROWS)

    def to_bytes(self, view: RunView, seconds: float) -> bytes:
        """Return the table, float64, little endian, row by row.

        A row has four numbers: completed epochs, completed updates, the mean batch loss of the
        epochs since the row before and the loss over all rows. NaN: not known, or not finite.

        Parameters
        ----------
        view : RunView
        seconds : float
            How long to work on losses over all rows that are not known yet.
        """
        recording, means = view.recording, self._means
        if recording.version != self._version:
            self._version = recording.version
            means.clear()
        means.extend(*recording.epoch_means(means.count))
        known = dict(zip(*(part.tolist() for part in view.full_losses(seconds)), strict=True))
        epochs = np.minimum(np.arange(len(means.ends) + 1) * means.stride, means.count)
        updates = [0, *means.ends.tolist()]
        full = [known.get(update, np.nan) for update in updates]
        rows = np.column_stack([epochs, updates, [np.nan, *means.means], full])
        return rows.astype("<f8").tobytes()
