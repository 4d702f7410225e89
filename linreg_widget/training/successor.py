"""A new trainer like the one before, on other rows: those of a drawn or pasted table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linreg_widget.insight import Insight

from .defaults import filled_in

if TYPE_CHECKING:
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

    from .trainer import Trainer


def successor(trainer: Trainer, table: Table, *, held_out: object, same: bool) -> Trainer:
    """Return a new trainer at its start, with a trainer's update function, settings and stop.

    The old one stays as it is. Both have one lock.

    Parameters
    ----------
    trainer : Trainer
    table : Table
    held_out : None, float, str, sequence of str, sequence of bool, or Table
        The rows held out; see ``Trainer``.
    same : bool
        Whether each setting stays as it is. Else a learning rate and a batch size that followed
        from the old table follow from the new one.
    """
    settings = trainer.settings
    made = type(trainer)(
        table,
        settings if same else _as_asked_for(trainer, settings),
        update=trainer.update_function,
        stop=trainer.stop if held_out is not None else replace(trainer.stop, on="known"),
        held_out=held_out,
    )
    made.lock, made.has_own_rate = trainer.lock, trainer.has_own_rate
    # Whoever compares versions sees that nothing of the old run holds any longer.
    made.recording.version = trainer.recording.version + 1
    return made


def _as_asked_for(trainer: Trainer, settings: Settings) -> Settings:
    """Return settings with None where the table decided."""
    usual = filled_in(settings.but(batch_size=None), Insight.of(trainer.table))
    if usual.batch_size == settings.batch_size:
        settings = settings.but(batch_size=None)
    return settings if trainer.has_own_rate else settings.but(learning_rate=None)
