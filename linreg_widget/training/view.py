"""All that can be read of a run: where it stands, what was learned, and what it leaves.

Panel, plots and readings hold a ``RunView``. It leaves the run where it is. A ``Trainer`` is such a
view with the verbs, and a ``Replay`` one over a twin of the run.
"""

from __future__ import annotations

import functools
import math
import threading
from typing import TYPE_CHECKING, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar

import numpy as np
import torch

from linreg_widget import clock
from linreg_widget.errors import SettingsError
from linreg_widget.insight import Insight
from linreg_widget.messages import say
from linreg_widget.microscope import Frame, as_float32, check_fit
from linreg_widget.quiet import quietly
from linreg_widget.recording import Schedule
from linreg_widget.settings import Settings, Stop, check_truth, refuse_assigned

from .held_out import Score, losses_of, score_of
from .stopping import Watch
from .summary import shown
from .traced import graph_of
from .verdict import Diagnosis, Remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from linreg_widget.errors import UpdateError
    from linreg_widget.microscope import CodeView, Graph, Specimen, UpdateFunction
    from linreg_widget.model import LinearRegression
    from linreg_widget.recording import Position, Recording

    from .batches import Coefficients
    from .comparison import KeptRun, Outcome
    from .run import Run

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound="RunView")

Status = Literal["ready", "running", "paused", "finished", "diverged", "failed"]


class Stamp(NamedTuple):
    """What a run was when it was looked at: if two are equal, it has not changed in between.

    It says nothing about kept runs, ``stop``, or a model that was changed behind the trainer's
    back. Code that depends on only a part of it compares that part.
    """

    history: tuple[int, tuple[int, ...]]
    """A new object as soon as anything recorded is cut off, replaced or set by hand."""
    updates: int
    """How many updates are recorded."""
    position: Position
    """Where the run stands."""
    settings: Settings
    """How it will go on."""
    status: Status
    """Whether it can go on."""
    notice: str
    """Why it stopped by itself, if it did."""


def in_turn(method: Callable[Concatenate[V, P], R]) -> Callable[Concatenate[V, P], R]:
    """Let a method hold its view's lock: a thread that calls it waits until others are done.

    In kernels with subshells a notebook's cell and its page's buttons are on two threads.
    """

    @functools.wraps(method)
    def waiting(self: V, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return method(self, *args, **kwargs)

    return waiting


class RunView:
    """All that can be read of a run."""

    held_rows: tuple[int, ...] | None = None
    """Which rows of the whole table are held out; None: none, or a table of their own."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.table = run.table
        """The rows that are trained on."""
        self.held_out = run.held_out
        """Rows that are not, if some are held out."""
        self.lock = threading.RLock()
        """Held by whoever moves or reads the run; a cell and the page may be on two threads."""
        self.kept: tuple[KeptRun, ...] = ()
        """Runs kept for comparison, oldest first, at most twelve."""
        self._watch = Watch(Stop())
        self.has_own_rate = True  # chosen, and not worked out from the data
        self._insight = Insight.of(self.table)
        self._remembered = Remembered()

    if not TYPE_CHECKING:  # to which any attribute would be one then

        def __setattr__(self, name: str, value: object) -> None:
            """Set an attribute; a setting has its verbs, and nobody would ask for a new one."""
            refuse_assigned(name, value)
            super().__setattr__(name, value)

    def _share(self, other: RunView) -> None:
        """Share everything with another view of the same recording, except the run itself."""
        self.lock, self.kept, self._watch = other.lock, other.kept, other._watch
        self._insight, self._remembered = other._insight, other._remembered

    # ---- where it stands ---------------------------------------------------------------------

    @property
    def model(self) -> LinearRegression:
        """The model as it is now; the same object for as long as the trainer lives."""
        return self._run.model

    @property
    def settings(self) -> Settings:
        """The settings from here on, with every one filled in."""
        return self._run.settings

    @property
    def position(self) -> Position:
        """Where the run stands."""
        return self._run.position

    @property
    def can_undo(self) -> bool:
        """Whether something in the run as it is was set by hand and can be undone."""
        return self._run.can_take_back

    @property
    def total(self) -> int:
        """The number of updates in the whole run, if nothing more is changed."""
        return self._run.schedule.end_of(self._run.plan.epochs - 1)

    @property
    def batches(self) -> int:
        """The number of updates in the current epoch, if nothing more is changed."""
        here = self.position
        return self._run.schedule.end_of(here.epoch) - (here.update - here.batch)

    @property
    def recording(self) -> Recording:
        """What happened in this run."""
        return self._run.recording

    @property
    def failure(self) -> UpdateError | None:
        """Why the last update could not be made; cleared by the next act."""
        return self._run.failure

    @property
    def status(self) -> Status:
        """One of ready, running, paused, finished, diverged and failed."""
        run = self._run
        if not run.whole:
            return "running"
        if run.failure is not None:
            return "failed"
        if run.diverged:
            return "diverged"
        if not run.phases and run.update >= self.total:
            return "finished"
        return "paused" if run.phases or run.update else "ready"

    @property
    def notice(self) -> str:
        """Why the run stopped by itself where it stands, in words; else ""."""
        return self._run.notice

    @property
    @in_turn
    def stamp(self) -> Stamp:
        """What to remember of the run, to see later whether it has changed; hashable."""
        recording = self.recording
        return Stamp(
            history=recording.history,
            updates=len(recording),
            position=self.position,
            settings=self.settings,
            status=self.status,
            notice=self.notice,
        )

    @property
    def stop(self) -> Stop:
        """When a run is to stop before its last epoch."""
        return self._watch.stop

    # ---- what is known of it -----------------------------------------------------------------

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
        """What is wrong with the run where it stands, and why; empty if all is well."""
        run = self._run
        if not run.update:
            return Diagnosis("", "", self.insight.safe_rate, None)
        from .diagnosis import diagnose

        found = diagnose(run, self.insight, self._remembered, epoch=self.batches)
        if found.kind in ("growing", "still") and found.safe_rate is not None:
            made_with = self.recording.segment_at(run.update - 1).settings
            if made_with.rate != self.settings.rate:  # what went wrong will not go on
                return Diagnosis("", "", found.safe_rate, None)
        return found

    @property
    def update_function(self) -> UpdateFunction:
        """The function that makes one gradient update."""
        return self._run.function

    # ---- one update --------------------------------------------------------------------------

    @property
    @in_turn
    def specimen(self) -> Specimen:
        """What can be seen inside the update under way, or the one just made; see ``Frame``."""
        return self._run.specimen()

    @in_turn
    def frame(self, code: CodeView) -> Frame:
        """Return what the microscope shows now, with the update function's ``code``."""
        specimen, failure = self.specimen, self.failure
        by_hand = self.recording.by_hand.get(specimen.number - 1, frozenset())
        line = None if failure is None else failure.line
        return Frame(specimen, code, self.table, line, by_hand)

    @property
    def traced(self) -> bool:
        """Whether torch's operations are noted in updates that are looked at; it can be set."""
        return self._run.traced

    @traced.setter
    def traced(self, traced: bool) -> None:
        self._run.traced = traced

    @in_turn
    def graph(self) -> Graph:
        """Return torch's operations in the update under way, or in the one just made.

        Operations are noted only for the graph. So if ``traced`` was not set when the update was
        made, a twin of the run repeats it from the checkpoint before. The graph of an update that
        failed has what came before the failure.

        Returns
        -------
        Graph
            Nodes and edges, with values and gradients; printed, it is a listing.

        Examples
        --------
        >>> trainer = Trainer(crop_yields(), learning_rate=1e-5)
        >>> trainer.step()
        >>> trainer.graph().node("loss").gradient.numbers
        array([[1.]], dtype=float32)
        """
        return graph_of(self._run)

    @property
    @in_turn
    def next_rows(self) -> NDArray[np.int64]:
        """The rows that the next update, or the one under way, learns from; shape (rows,)."""
        return self._run.batches.rows(self._run.schedule, self._run.update)

    @property
    def batch_loss(self) -> float:
        """The loss of the last batch, or of the one under way once it is known; NaN before."""
        return self._run.batch_loss

    # ---- what was learned --------------------------------------------------------------------

    @quietly
    def loss(self) -> float:
        """Return the loss over the whole table at the present w and b."""
        check_fit(self.model, *self._run.shapes)
        return self._run.batches.loss(self.model.w, self.model.b)

    @quietly
    def target_losses(self) -> NDArray[np.float64]:
        """Return the loss over the whole table target by target, (t,); their mean is ``loss()``."""
        error = self.predictions().double().numpy() - self.table.targets
        return np.asarray(np.mean(error * error, axis=0))

    @in_turn
    def predictions(self) -> torch.Tensor:
        """Return the predictions for all rows of the table, (n, t)."""
        check_fit(self.model, *self._run.shapes)
        with torch.no_grad():
            return self.model(self._run.batches.inputs)

    @in_turn
    @quietly
    def predict(self, inputs: object) -> torch.Tensor:
        """Predict targets for features in the table's own units: (n, d) -> (n, t), (d,) -> (t,).

        Parameters
        ----------
        inputs : array_like, shape (n, d) or (d,)

        Raises
        ------
        SettingsError
            If the inputs are not numbers, or their last dimension is not the number of features.
        """
        x, d = as_float32("inputs", inputs, "(n, d) array"), self.table.features
        if x.shape not in ((d,), (len(x) if x.ndim else 0, d)):
            names = ", ".join(self.table.feature_names)
            raise SettingsError(say("held_out.inputs", shape=x.shape, features=d, names=names))
        with torch.no_grad():
            return self.model(self._run.batches.scaled(x))

    @in_turn
    @quietly
    def coefficients(self, *, scaled: bool = False) -> Coefficients:
        """Return w (t, d) and b (t,) in the table's units, or those of the scaled features.

        The two differ only in a run with ``standardize``: with x' = (x - mean) / std, the weights
        in the table's units are w / std and the biases b - w · mean / std.

        Parameters
        ----------
        scaled : bool
            Whether those of the scaled features are wanted.
        """
        return self._run.batches.coefficients(self.model, scaled=scaled)

    @in_turn
    @quietly
    def full_losses(
        self, seconds: float | None = 0.01
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the loss over the whole table at the recording's checkpoints.

        Parameters
        ----------
        seconds : float or None
            How long to work on those not known yet, newest first, one at least; the rest come with
            later calls. None: not at all.

        Returns
        -------
        updates : ndarray of int64, shape (k,)
        losses : ndarray of float64, shape (k,)
        """
        rows, deadline = self._run.batches, clock.now() + (seconds or 0)
        for checkpoint in reversed(() if seconds is None else self.recording.snapshots):
            if checkpoint.full_loss is None:
                saved = checkpoint.snapshot
                checkpoint.full_loss = rows.loss(saved.values("w"), saved.values("b"))
                if clock.now() >= deadline:
                    break
        known = self.recording.full_losses
        return np.array([*known], np.int64), np.array([*known.values()], np.float64)

    # ---- on the rows held out ----------------------------------------------------------------

    @in_turn
    def held_out_loss(self) -> float:
        """Return the loss over the rows held out at the present w and b; NaN if there are none."""
        unseen = self._run.unseen
        return math.nan if unseen is None else unseen.loss(self.model)

    @in_turn
    @quietly
    def held_out_losses(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the loss over the rows held out, at the start and as each epoch ended.

        Returns
        -------
        updates : ndarray of int64, shape (k,)
        losses : ndarray of float64, shape (k,)
        """
        return losses_of(self._run.unseen, self.recording)

    @property
    def best_update(self) -> int | None:
        """The number of updates after which the rows held out had their lowest loss, if any are."""
        updates, losses = self.held_out_losses()
        finite = np.isfinite(losses)
        return int(updates[finite][np.argmin(losses[finite])]) if finite.any() else None

    @in_turn
    @quietly
    def score(self, *, held_out: bool = False) -> Score:
        """Return loss, R² and RMSE over the rows that are trained on, or over those held out.

        Parameters
        ----------
        held_out : bool
            Whether over those held out.

        Raises
        ------
        SettingsError
            If no rows are held out.
        """
        if not held_out:
            return score_of(self.predictions().numpy(), self.table.targets)
        if self.held_out is None:
            raise SettingsError(say("held_out.none_out"))
        return score_of(self.predict(self.held_out.inputs).numpy(), self.held_out.targets)

    # ---- what it leaves ----------------------------------------------------------------------

    @quietly
    def comparison(self) -> pd.DataFrame:
        """Return the kept runs and the present one side by side, as a DataFrame.

        Columns: ``run``, the settings in which they differ, ``epochs``, ``updates``, ``changes``
        made during the run, ``status``, ``loss`` over the whole table, ``times_best``, and
        ``held_out``, the loss over the rows held out, if there are any.
        """
        from .comparison import to_frame

        return to_frame(self.compared())

    @in_turn
    @quietly
    def compared(self) -> list[Outcome]:
        """Return where the kept runs ended, and as "now" where the present one stands."""
        from .comparison import outcome_of

        return [*self.kept, outcome_of(self, "now")]

    @in_turn
    @quietly
    def to_script(self, *, distributed: bool = False, rows: object = None) -> str:
        """Return this run, up to where it stands, as a script that needs only PyTorch and NumPy.

        The script prints the batch loss of every update, the same to the last bit. Before the first
        update it is the script of the whole planned run. Where a run diverges, it says so and ends
        with exit code 1.

        Parameters
        ----------
        distributed : bool
            Whether several processes or machines should share it, started by ``torchrun``. Each
            takes its share of every batch; the losses agree to six digits. It writes ``run.npz``,
            for ``Trainer.from_run``, over no other run.
        rows : path, or pair of paths, optional
            For such a script: ``.npy`` files with the table's rows, (n, d + t), or (n, d) and
            (n, t), which it maps into memory. By default the rows are in the script, or in the
            files from which the table itself was mapped.

        Raises
        ------
        UpdateError
            If the source of the update function cannot be read, or if processes should share a run
            with an update function of the user's own.
        SettingsError
            If a file holds other numbers than the table, or more than a million would have to stand
            in the script.
        """
        from .distributed import write_shared
        from .script import Written, write_script

        update = self._run.update
        of_all = Schedule.of(self.table.rows, self.settings)
        run = Written(
            self.table,
            self.recording.schedule.until(update) if update else of_all,
            update or self.total,
            self.update_function,
            self.recording.sets_by_hand(update),
            self.held_out,
            self.held_rows,
        )
        shared = check_truth("distributed", distributed)
        return write_shared(run, rows) if shared else write_script(run)

    def __repr__(self) -> str:
        return shown(self)
