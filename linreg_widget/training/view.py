"""What can be read off a trainer: where its run stands, what was learned, and what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch

from linreg_widget import clock
from linreg_widget.errors import SettingsError
from linreg_widget.microscope import Frame, as_float32
from linreg_widget.model import mse_loss
from linreg_widget.quiet import quietly
from linreg_widget.recording import Schedule
from linreg_widget.settings import Stop, rate_text
from linreg_widget.wording import said

from .diagnosis import Diagnosis, diagnose
from .evidence import Evidence, Remembered
from .script import write_script
from .stopping import Watch
from .turns import in_turn

if TYPE_CHECKING:
    import threading

    from numpy.typing import NDArray

    from linreg_widget.errors import UpdateError
    from linreg_widget.insight import Insight
    from linreg_widget.microscope import CodeView, Specimen, UpdateFunction
    from linreg_widget.model import LinearRegression
    from linreg_widget.recording import Position, Recording
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

    from .run import Loop

__all__ = ["Coefficients", "Status", "TrainerState"]

Status = Literal["ready", "running", "paused", "finished", "diverged", "failed"]


class Coefficients(NamedTuple):
    """Weights and biases in one system of units."""

    w: NDArray[np.float64]
    """Weights, shape (t, d)."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""


class TrainerState:
    """The readable half of a ``Trainer``, whose verbs stand in ``trainer``."""

    table: Table
    """The rows that are trained on."""
    lock: threading.RLock
    """Held by whoever moves or reads the run; a cell and the page may be on two threads."""
    _insight: Insight
    _watch: Watch
    _loop: Loop
    _remembered: Remembered
    _function: UpdateFunction

    @property
    def model(self) -> LinearRegression:
        """The model as it is now; the same object for as long as the trainer lives."""
        return self._loop.model

    @property
    def settings(self) -> Settings:
        """The settings from here on, every one of them filled in."""
        return self._loop.settings

    @property
    def position(self) -> Position:
        """Where the run stands."""
        return self._loop.position

    @property
    def recording(self) -> Recording:
        """What happened in this run."""
        return self._loop.recording

    @property
    def failure(self) -> UpdateError | None:
        """Why the last update was not made, until something else is done."""
        return self._loop.failure

    @property
    def status(self) -> Status:
        """One of ready, running, paused, finished, diverged and failed."""
        loop = self._loop
        if not loop.whole:
            return "running"
        if loop.failure is not None:
            return "failed"
        if loop.diverged:
            return "diverged"
        if not loop.phases and loop.update >= self.total:
            return "finished"
        return "paused" if loop.phases or loop.update else "ready"

    @property
    def notice(self) -> str:
        """Why the run stopped by itself where it stands, in words; else ""."""
        return self._loop.notice

    @property
    def stop(self) -> Stop:
        """When a run is to stop before its last epoch; it can be set."""
        return self._watch.stop

    @stop.setter
    def stop(self, stop: Stop) -> None:
        self._watch = Watch(stop)

    @property
    def insight(self) -> Insight:
        """What the data say, with the present batch size and scaling."""
        settings = self.settings
        self._insight = self._insight.but(
            batch_size=settings.batch_rows, standardize=settings.standardize
        )
        return self._insight

    @property
    @in_turn
    @quietly
    def diagnosis(self) -> Diagnosis:
        """What is wrong with the run where it stands, and why; nothing, for most."""
        loop = self._loop
        facts = Evidence(loop, self._remembered)
        found = diagnose(self.recording, loop.update, self.insight, facts, epoch=self.batches)
        if found.kind in ("growing", "still") and found.safe_rate is not None:
            made_with = self.recording.segment_at(loop.update - 1).settings
            if made_with.rate != self.settings.rate:  # what went wrong will not go on
                return Diagnosis("", "", found.safe_rate, None)
        return found

    @property
    def update_function(self) -> UpdateFunction:
        """The function that makes one gradient update."""
        return self._function

    @property
    @in_turn
    def specimen(self) -> Specimen:
        """What can be seen inside the update under way, or the one just made; see ``Frame``."""
        return self._loop.specimen()

    @in_turn
    def frame(self, code: CodeView) -> Frame:
        """Return what the microscope shows now, with the update function's ``code``."""
        specimen, failure = self.specimen, self.failure
        by_hand = self.recording.by_hand.get(specimen.number - 1, frozenset())
        line = None if failure is None else failure.line
        return Frame(specimen, code, self.table, line, by_hand)

    @property
    @in_turn
    def next_rows(self) -> NDArray[np.int64]:
        """The rows that the next update, or the one under way, learns from; shape (rows,)."""
        return self._loop.batches.rows(self._loop.schedule, self._loop.update)

    @property
    def total(self) -> int:
        """The number of updates in the whole run, if nothing more is changed."""
        return self._loop.schedule.end_of(self._loop.plan.epochs - 1)

    @property
    def batches(self) -> int:
        """The number of updates in the current epoch, if nothing more is changed."""
        here = self.position
        return self._loop.schedule.end_of(here.epoch) - (here.update - here.batch)

    @property
    def batch_loss(self) -> float:
        """The loss of the last batch, or of the one under way once it is known; NaN before."""
        return self._loop.batch_loss

    @quietly
    def loss(self) -> float:
        """Return the loss over the whole table at the present w and b."""
        with torch.no_grad():
            return float(mse_loss(self.predictions(), self._loop.batches.targets))

    @quietly
    def target_losses(self) -> NDArray[np.float64]:
        """Return the loss over the whole table target by target, (t,); their mean is ``loss()``."""
        error = self.predictions().double().numpy() - self.table.targets
        return np.asarray(np.mean(error * error, axis=0))

    @in_turn
    def predictions(self) -> torch.Tensor:
        """Return the predictions for all rows of the table, (n, t)."""
        with torch.no_grad():
            return self.model(self._loop.batches.inputs)

    @in_turn
    @quietly
    def predict(self, inputs: object) -> torch.Tensor:
        """Predict targets for features in the table's own units: (n, d) -> (n, t), (d,) -> (t,).

        Raises
        ------
        SettingsError
            If the inputs are no numbers, or their last dimension is not the number of features.
        """
        x = as_float32("inputs", inputs, "(n, d) array")
        d = self.table.features
        if x.shape not in ((d,), (len(x) if x.ndim else 0, d)):
            raise SettingsError(
                f"inputs have shape {x.shape}; they must be (n, {d}) or ({d},): one number for "
                f"each of {', '.join(self.table.feature_names)}."
            )
        with torch.no_grad():
            return self.model(self._loop.batches.scaled(x))

    @in_turn
    @quietly
    def coefficients(self, *, scaled: bool = False) -> Coefficients:
        """Return w (t, d) and b (t,) in the table's units, or those of the scaled features.

        The two differ only in a run with ``standardize``: with x' = (x - mean) / std, the weights
        in the table's units are w / std and the biases b - w · mean / std.
        """
        w = self.model.w.detach().double().numpy().copy()
        b = self.model.b.detach().double().numpy().copy()
        scale = self._loop.batches.scale
        if scale is not None and not scaled:
            mean, std = scale
            w = w / std
            b = b - w @ mean
        return Coefficients(w, b)

    @in_turn
    @quietly
    def full_losses(self, seconds: float = 0.01) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the loss over the whole table at the recording's checkpoints.

        Parameters
        ----------
        seconds : float
            How long to work on those not known yet, newest first; the rest come with later calls.

        Returns
        -------
        updates : ndarray of int64, shape (k,)
        losses : ndarray of float64, shape (k,)
        """
        rows, deadline = self._loop.batches, clock.now() + seconds
        for checkpoint in reversed(self.recording.snapshots):
            if checkpoint.full_loss is None:
                saved = checkpoint.snapshot
                predictions = rows.inputs @ saved.values("w").t() + saved.values("b")
                checkpoint.full_loss = float(mse_loss(predictions, rows.targets))
                if clock.now() >= deadline:
                    break
        known = self.recording.full_losses
        return np.array([*known], np.int64), np.array([*known.values()], np.float64)

    @in_turn
    @quietly
    def to_script(self) -> str:
        """Return this run, up to where it stands, as a PyTorch script that needs no other package.

        The script prints the batch loss of every update, the same to the last bit. Before the first
        update it is the script of the whole run that is planned.

        Raises
        ------
        UpdateError
            If the source of the update function cannot be read.
        """
        update, rows = self._loop.update, self.table.rows
        if update:
            schedule = self.recording.schedule.until(update)
        else:
            schedule = Schedule.of(rows, self.settings)
        by_hand = self.recording.sets_by_hand(update)
        return write_script(self.table, schedule, update or self.total, self._function, by_hand)

    @quietly
    def __repr__(self) -> str:
        table, settings, here = self.table, self.settings, self.position
        phase = f", after {here.phase}" if here.phase else ""
        return (
            f"Trainer ({self.status}): {table.rows} rows, {table.features} features -> "
            f"{table.outputs} targets\n"
            f"epoch {here.epoch} of {settings.epochs}, update {here.update} of {self.total}{phase}"
            f", full-data loss {said(self.loss())}\n"
            f"learning rate {rate_text(settings.rate)}, batches of {settings.batch_rows}, "
            f"seed {settings.seed}\n"
            "step(), run(), back(), seek(update), reset(), change(learning_rate=...)"
        )
