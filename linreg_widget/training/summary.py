"""A run told in words: in a sentence, and as `%%linreg -q` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linreg_widget.quiet import quietly
from linreg_widget.settings import rate_text
from linreg_widget.wording import nearness, said

if TYPE_CHECKING:
    from linreg_widget.table import Table

    from .view import RunView

__all__ = ["described", "summary_of"]


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
