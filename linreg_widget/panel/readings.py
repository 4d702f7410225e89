"""What the panel shows of a trainer at one moment, trait by trait."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from linreg_widget import clock
from linreg_widget.errors import LinregError
from linreg_widget.lesson import TABS
from linreg_widget.microscope import CodeView, Fit, names_of, plain_function
from linreg_widget.quiet import quiet
from linreg_widget.recording import Envelope
from linreg_widget.settings import FIELDS
from linreg_widget.training import EpochTable, described
from linreg_widget.wording import many

from .outlook import Outlook

if TYPE_CHECKING:
    from linreg_widget.training import Comparing

__all__ = ["Readings"]

_OF_A_MOMENT = (
    *("learning_rate", "batch_size", "shuffle", "update", "_phase", "_epoch", "_batch", "_batches"),
    *("_losses", "_limit", "_worst", "_findings", "_notice", "_summary", "_explained"),
    "_described",
    *("_coefficients", "_frame", "_frame_data", "_fit_data"),
)
_SELDOM = 0.2  # seconds between two readings of what is dear to work out, while running
_MANY_NUMBERS = 1_000_000  # a table of more numbers is dear to evaluate
_AT_REST, _UNDER_WAY = 0.02, 0.002  # seconds for losses over all rows, in the table
_ALL = frozenset(TABS)
_OF_ALL_ROWS = frozenset({"predictions", "line"})  # tabs that show every row
_OF_ROWS = _OF_ALL_ROWS | {"microscope"}  # and those that show a batch
_FRAME = 0.05  # seconds, at least, between two frames of the microscope, at a given speed


@quiet
class Readings:
    """Reads a trainer for the panel, remembering what is dear to work out.

    Parameters
    ----------
    trainer : Comparing
    """

    def __init__(self, trainer: Comparing) -> None:
        self._trainer = trainer
        self._plain = plain_function(trainer.update_function)
        self._code = CodeView.of(trainer.update_function)
        self._shown = self._plain.__code__  # autoreload changes it in place
        self._fit = Fit(trainer.table)
        self._outlook = Outlook(trainer)
        self._envelope = Envelope()
        self._table = EpochTable()
        self._full_loss = math.nan
        self._epoch_mean = ((-1, 0), math.nan)
        self._last_dear = self._last_frame = -math.inf

    def words(self) -> dict[str, Any]:
        """Return the values of the traits that change with the update function's code, if ever."""
        return {
            "_source": self._code.to_wire(),
            "_names": names_of(self._trainer.table),
            "_fit": self._fit.words(),
        }

    def now(
        self,
        *,
        at_rest: bool,
        paced: bool = False,
        curve: bool = True,
        opened: frozenset[str] = _ALL,
    ) -> dict[str, Any]:
        """Return the values of the panel's traits.

        Parameters
        ----------
        at_rest : bool
            Whether to work out everything, or within a run to leave out what was sent just before.
        paced : bool
            Whether the run has a given speed, so that the microscope can be followed. At full speed
            it is only glanced at, and laying out its tables takes time from the run.
        curve : bool
            Whether the curve of all losses is wanted too, the same wherever the run stands.
        opened : frozenset of str
            The tabs that are seen: within a run, what only others show is left out.
        """
        trainer, settings, position = self._trainer, self._trainer.settings, self._trainer.position
        table, now = trainer.table, clock.now()
        changed = self._plain.__code__ is not self._shown
        if changed:
            self._shown = self._plain.__code__
            self._code = CodeView.of(trainer.update_function)
        dear = at_rest or now - self._last_dear >= _SELDOM
        if dear:
            self._last_dear = now
        values = {
            **{name: getattr(settings, name) for name in FIELDS},
            "update": position.update,
            "_phase": position.phase or "",
            "_epoch": position.epoch,
            "_batch": position.batch,
            "_batches": trainer.batches,
            "_total": trainer.total,
            "_recorded": len(trainer.recording),
            "_losses": struct.pack("<3d", *self._losses(position.epoch, dear=dear)),
            **self._outlook.rates(),
            "_title": table.name or "Linear regression",
            "_summary": (
                f"{many(table.rows, 'row')} · {many(table.features, 'feature')} → "
                f"{many(table.outputs, 'target')} · batches of {settings.batch_size:,}"
            ),
        }
        if changed:
            values["_source"] = self._code.to_wire()
        if dear and curve and (at_rest or "loss" in opened):
            self._envelope.update(trainer.recording.losses, trainer.recording.version)
            values["_curve"] = self._envelope.to_bytes()
            seconds = _AT_REST if at_rest else _UNDER_WAY
            values["_table"] = self._table.to_bytes(trainer, seconds)
        if dear:
            values.update(self._outlook.standing())
            floor = trainer.insight.floor
            values["_described"] = described(trainer, self._full_loss, floor)
            if not at_rest and "data" not in opened:
                del values["_coefficients"]
        if not (at_rest or opened & _OF_ROWS):
            return values
        if at_rest or now - self._last_frame >= (_FRAME if paced else _SELDOM):
            self._last_frame = now
            values.update(self._frame())
            if at_rest or (opened & _OF_ALL_ROWS and (dear or not self._is_large)):
                values["_fit_data"] = self._fit.numbers(trainer.predictions())
        return values

    def moment(self) -> dict[str, Any]:
        """Return those of the traits that differ from one moment of a run to the other."""
        now = {"status": self._trainer.status, **self.now(at_rest=True, curve=False)}
        return {name: now[name] for name in ("status", *_OF_A_MOMENT) if name in now}

    @property
    def _is_large(self) -> bool:
        table = self._trainer.table
        return table.rows * (table.features + table.outputs) > _MANY_NUMBERS

    def _frame(self) -> dict[str, Any]:
        """Return the microscope's traits; none where a past update cannot be made again."""
        try:
            words, numbers = self._trainer.frame(self._code).encode()
        except LinregError:
            return {}
        return {"_frame": words, "_frame_data": numbers}

    def _losses(self, epoch: int, *, dear: bool) -> tuple[float, float, float]:
        """Return the last batch's loss, the last whole epoch's mean and the loss of all rows."""
        recording = self._trainer.recording
        key = (recording.version, epoch)
        if self._epoch_mean[0] != key:
            self._epoch_mean = (key, recording.epoch_mean(epoch - 1) if epoch else math.nan)
        if dear or not self._is_large:
            self._full_loss = self._trainer.loss()
        return self._trainer.batch_loss, self._epoch_mean[1], self._full_loss
