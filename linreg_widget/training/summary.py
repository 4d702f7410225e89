"""A run told in words: in a sentence, and as `%%linreg -q` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linreg_widget.messages import nearness, say
from linreg_widget.quiet import quietly
from linreg_widget.wording import rate_text, said

if TYPE_CHECKING:
    from linreg_widget.table import Table

    from .view import RunView


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
    stands = say("told.stands", loss=full, floor=floor)
    if not len(losses):
        return say("told.unbegun", total=total, stands=stands)
    if not update:
        return say("told.back", recorded=len(losses), stands=stands)
    first, last = float(losses[0]), float(losses[update - 1])
    if update == view.recording.diverged_at:
        return say("told.diverged", first=first, last=last, update=update)
    return say(
        "told.after",
        update=update,
        total=total,
        ahead=update < len(losses),
        recorded=len(losses),
        same=said(first) == said(last),
        first=first,
        last=last,
        stands=stands,
    )


@quietly
def shown(view: RunView) -> str:
    """Say what a trainer shows of itself at the prompt: where its run stands, and what it can."""
    table, settings, here, held_out = view.table, view.settings, view.position, view.held_out
    return say(
        "reprs.trainer",
        status=say("head.status", status=view.status),
        rows=table.rows,
        held=held_out is not None,
        out=0 if held_out is None else held_out.rows,
        features=table.features,
        targets=table.outputs,
        epoch=here.epoch,
        epochs=settings.epochs,
        update=here.update,
        total=view.total,
        in_update=bool(here.phase),
        phase=here.phase,
        loss=view.loss(),
        rate=settings.rate,
        batch=settings.batch_rows,
        seed=settings.seed,
        source=view.recording.source and view.recording.source + "\n",
    )


@quietly
def summary_of(view: RunView) -> str:
    """Say in a few lines how a run ended: the losses, and the coefficients in the table's units."""
    table, settings = view.table, view.settings
    losses, loss = view.recording.losses, view.loss()
    near = nearness(view.insight.distance(loss))
    lines = [
        say(
            "runs.described",
            title=table.name or say("head.title"),
            rows=table.rows,
            features=table.features,
            targets=table.outputs,
            status=say("head.status", status=view.status),
            epochs=view.position.epoch,
            updates=view.position.update,
            rate=settings.rate,
        ),
        say(
            "runs.losses",
            loss=loss,
            near=bool(near),
            distance=near,
            last=float(losses[-1]),
            first=float(losses[0]),
        ),
    ]
    if view.held_out is not None:
        names = table.target_names
        scores = {"known": view.score(), "unseen": view.score(held_out=True)}
        lines.append(say("runs.held_out", rows=view.held_out.rows, loss=scores["unseen"].loss))
        lines += [
            say(
                "runs.score",
                target=name,
                r2=float(scores["known"].r2[at]),
                rmse=float(scores["known"].rmse[at]),
                other_r2=float(scores["unseen"].r2[at]),
                other_rmse=float(scores["unseen"].rmse[at]),
            )
            for at, name in enumerate(names)
        ]
    lines.append(_coefficients(table, *view.coefficients()))
    lines += [note.words for note in table.notes]
    lines += [words for words in (view.notice, view.diagnosis.words) if words]
    if settings.standardize:
        scaled = view.coefficients(scaled=True)
        lines += [say("runs.scaled"), _coefficients(table, *scaled)]
    return "\n".join(lines)


def _term(number: float) -> str:
    """Write a number of a formula with its sign, as people type it: "+1.5", "-2e-5"."""
    return f"{'-' if number < 0 else '+'}{rate_text(abs(number), 4)}"


def _coefficients(table: Table, w: Any, b: Any) -> str:
    lines = []
    for target, weights, bias in zip(table.target_names, w, b, strict=True):
        terms = [
            f"{_term(weight)} * {name}"
            for weight, name in zip(weights, table.feature_names, strict=True)
        ]
        lines.append(f"{target} = {' '.join(terms)} {_term(bias)}")
    return "\n".join(lines)
