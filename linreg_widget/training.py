"""The trainer: one training loop that can be stepped, run, wound back and continued, exactly.

The loop is the article's: for each epoch, for each batch, one update. What is added is control. An
update is a generator (see ``model.gradient_update``): a run drains it, a step by phase suspends it.
Because a run is a pure function of table, settings, seed and update function, going back means
restoring the snapshot before a moment and replaying up to it, which gives the very same bits.

The trainer knows no screen and starts no thread. Whoever drives it decides when to pull:
``advance(seconds)`` works for a slice of time and returns.
"""

from __future__ import annotations

import contextlib
import inspect
import math
import operator
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from . import insight
from .errors import SettingsError, UpdateError
from .model import LinearRegression, gradient_update, mse_loss
from .recording import Recording, Segment
from .sampling import Sampling
from .script import write_script
from .settings import Settings, check_setting
from .snapshot import Snapshot
from .table import Table

__all__ = ["Coefficients", "Position", "Settings", "Status", "Trainer", "UpdateFunction"]

By = Literal["phase", "update", "epoch"]
Status = Literal["ready", "running", "paused", "finished", "diverged", "failed"]
Update = Generator[str, None, float]
UpdateFunction = Callable[[LinearRegression, torch.Tensor, torch.Tensor, float], Update]

_SPLIT = 1024  # batches cut from an epoch at a time, so that a step in a long epoch stays quick


@dataclass(frozen=True)
class Position:
    """Where a run stands."""

    update: int
    """Completed gradient updates."""
    phase: str | None
    """The last finished phase of the update under way; None between two updates."""
    epoch: int
    """Completed epochs."""
    batch: int
    """Completed updates of the current epoch."""


class Coefficients(NamedTuple):
    """Weights and biases in one system of units."""

    w: NDArray[np.float64]
    """Weights, shape (t, d)."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""


class Trainer:
    """Linear regression trained by hand-written gradient descent, with every moment at hand.

    Parameters
    ----------
    table : Table or anything that ``Table.of`` takes
        The rows to train on.
    settings : Settings, optional
        How to train; see ``Settings`` for the defaults.
    update : generator function
        One gradient update, ``(model, x, y, learning_rate)``. It yields the name of each phase that
        it has finished and returns the batch's loss as a float; what it keeps from one update to the
        next it keeps as tensors on ``model``. It must not draw random numbers.
    **changes
        Single settings, by name: ``learning_rate=1e-5, epochs=100``.

    Raises
    ------
    TableError, SettingsError
        If the table or a setting is not usable.

    Examples
    --------
    >>> trainer = Trainer(crop_yields(), learning_rate=1e-5)
    >>> trainer.step()
    >>> trainer.run()
    >>> trainer.back(by="epoch")
    """

    def __init__(
        self,
        table: object,
        settings: Settings | None = None,
        *,
        update: UpdateFunction = gradient_update,
        **changes: Any,
    ) -> None:
        self.table = Table.of(table)
        self.model: LinearRegression
        self.recording: Recording
        self._update_function = _checked_update_function(update)
        self._targets = torch.from_numpy(self.table.targets.copy())
        self._begin((settings or Settings()).but(**changes))

    # ---- where it stands -------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings of the next update, every one of them filled in."""
        return self._recorded_settings().but(**self._pending, epochs=self._epochs)

    @property
    def position(self) -> Position:
        """Where the run stands."""
        place = self.recording.locate(self._update)
        return Position(
            self._update, self._phases[-1] if self._phases else None, place.epoch, place.batch
        )

    @property
    def status(self) -> Status:
        """One of ready, running, paused, finished, diverged and failed."""
        if self._running:
            return "running"
        if self.failure is not None:
            return "failed"
        if self._phases:
            return "paused"
        if self._update == self.recording.diverged_at:
            return "diverged"
        if self._update >= self.total:
            return "finished"
        return "paused" if self._update else "ready"

    @property
    def total(self) -> int:
        """The number of updates in the whole run."""
        return self._end_of(self._epochs - 1)

    @property
    def batches(self) -> int:
        """The number of updates in the current epoch."""
        segment = (
            self._segments_to_come()[-1]
            if self._pending
            else self.recording.segment_at(self._update)
        )
        place = segment.locate(self._update, self.table.rows)
        return place.batch - (-(self.table.rows - place.row) // segment.settings.batch_rows)

    def loss(self) -> float:
        """Return the loss over the whole table at the present w and b."""
        with torch.no_grad():
            return float(mse_loss(self.model(self._inputs), self._targets))

    def predict(self, inputs: object) -> torch.Tensor:
        """Predict the targets for features in the table's own units: (n, d) -> (n, t), (d,) -> (t,).

        Raises
        ------
        SettingsError
            If the last dimension is not the number of features.
        """
        try:
            x = np.asarray(inputs, np.float32)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"inputs cannot be read as numbers ({error}); give an (n, d) array."
            ) from None
        if x.ndim not in (1, 2) or x.shape[-1] != self.table.features:
            names = ", ".join(self.table.feature_names)
            raise SettingsError(
                f"inputs have shape {x.shape}; they must be (n, {self.table.features}) or "
                f"({self.table.features},): one number for each of {names}."
            )
        with torch.no_grad():
            return self.model(self._scaled(x))

    def coefficients(self, *, scaled: bool = False) -> Coefficients:
        """Return w (t, d) and b (t,) in the table's units, or those of the scaled features.

        The two differ only in a run with ``standardize``: with x' = (x - mean) / std, the weights
        in the table's units are w / std and the biases b - w · mean / std.
        """
        w = self.model.w.detach().double().numpy().copy()
        b = self.model.b.detach().double().numpy().copy()
        if self.settings.standardize and not scaled:
            mean, std = insight.scaling(self.table)
            w = w / std
            b = b - w @ mean
        return Coefficients(w, b)

    # ---- forward ---------------------------------------------------------------------------------

    def step(self, by: By = "update", count: int = 1) -> None:
        """Go forward by phases, updates or epochs; past the last epoch, ``epochs`` is raised to fit.

        An update under way is finished first and counts as one. An epoch ends where its rows do.

        Raises
        ------
        SettingsError
            If ``by`` or ``count`` is not usable, or the run has diverged.
        UpdateError
            If the update function raises. The state is then the one before that update.
        """
        for _ in range(_count(by, count)):
            self._refuse_if_diverged()
            if by == "phase":
                with self._keeping():
                    self._resume()
                continue
            epoch = self.position.epoch
            self._train(self._update + 1)
            while by == "epoch" and self.position.epoch == epoch and self._can_go_on():
                self._train(self._end_of(epoch))
        here = self.position
        self._epochs = max(self._epochs, here.epoch + (1 if here.batch or here.phase else 0))

    def run(self, epochs: int | None = None) -> None:
        """Train to the end of the run, or for some epochs more.

        Stops early when the loss is no longer finite (status "diverged") and on ``pause()`` from
        another thread. A keyboard interrupt stops it between two updates with everything kept.

        Parameters
        ----------
        epochs : int, optional
            Epochs from here on; ``settings.epochs`` is raised if they go past the end of the run.

        Raises
        ------
        SettingsError
            If ``epochs`` is not usable, or the run has diverged.
        UpdateError
            If the update function raises. The state is then the one before that update.
        """
        self._refuse_if_diverged()
        if epochs is not None:
            self.plan(epochs)
        goal = (
            self._epochs
            if epochs is None
            else self.position.epoch + check_setting("epochs", epochs)
        )
        with self._as_running():
            while self.position.epoch < goal and self._can_go_on() and not self._pause:
                self._train(self._end_of(goal - 1))

    def plan(self, epochs: int) -> None:
        """Make the run long enough for so many epochs more."""
        self._epochs = max(self._epochs, self.position.epoch + check_setting("epochs", epochs))

    def advance(self, seconds: float, updates: int | None = None) -> int:
        """Train for a slice of time and return the number of updates done.

        Parameters
        ----------
        seconds : float
            How long to work, in seconds; at least one update is done if any is left.
        updates : int, optional
            The most updates to do.

        Raises
        ------
        UpdateError
            If the update function raises. The state is then the one before that update.
        """
        before, deadline = self._update, time.perf_counter() + seconds
        stop = self.total if updates is None else min(self.total, before + updates)
        with self._as_running():
            if before < stop and self._update != self.recording.diverged_at:
                self._train(stop, deadline)
        return self._update - before

    def pause(self) -> None:
        """End a run or a slice that another thread is in, after the update under way."""
        self._pause = True

    def __iter__(self) -> Iterator[Position]:
        """Make one update after the other until the run is finished or diverged."""
        while self._can_go_on() and self._update < self.total:
            self.step()
            yield self.position

    # ---- back, and anywhere ------------------------------------------------------------------------

    def back(self, by: By = "update", count: int = 1) -> None:
        """Go back by phases, updates or epochs, exactly; what was recorded stays for going on.

        From within an update, ``by="update"`` goes to its beginning; from within an epoch,
        ``by="epoch"`` goes to the epoch's beginning. At the start of the run it stays there.

        Raises
        ------
        SettingsError
            If ``by`` or ``count`` is not usable.
        """
        for _ in range(_count(by, count)):
            if by == "phase":
                self._back_phase()
            elif self._phases and by == "update":
                self._restore(self._update)
            elif by == "update":
                self._restore(max(self._update - 1, 0))
            else:
                place = self.recording.locate(self._update)
                inside = place.batch or self._phases
                goal = self._update - place.batch
                self._restore(
                    goal if inside or not goal else goal - self.recording.locate(goal - 1).batch - 1
                )

    def seek(self, update: int, phase: str | None = None) -> None:
        """Go to any recorded moment, exactly.

        Parameters
        ----------
        update : int
            Completed updates there, 0 to ``len(recording)``.
        phase : str, optional
            The last finished phase of the next update.

        Raises
        ------
        SettingsError
            If there is no such update or no such phase; the position is then unchanged.
        """
        try:
            goal = operator.index(update)
        except TypeError:
            raise SettingsError(f"update is {update!r}; it must be a whole number.") from None
        recorded = len(self.recording)
        if not 0 <= goal <= recorded:
            raise SettingsError(
                f"update {goal} is not recorded; recorded are 0 to {recorded}. Run or step to get further."
            )
        if phase is None:
            self._restore(goal)
            return
        here = (self._update, len(self._phases))
        names = self._phase_names(goal)
        if phase in names:
            here = (goal, names.index(phase) + 1)
        self._restore(*here)
        if phase not in names:
            raise SettingsError(
                f"{phase!r} is no phase of the update; its phases are {', '.join(names)}."
            )

    def reset(self, seed: int | None = None, *, standardize: bool | None = None) -> None:
        """Begin again with the present settings; the run so far stays as a branch.

        Parameters
        ----------
        seed : int, optional
            Draw another w, b and order of the rows. Without it they are the same as before.
        standardize : bool, optional
            Whether to scale the features from now on.

        Raises
        ------
        SettingsError
            If a value is not usable; nothing is changed then.
        """
        changes = {"seed": seed, "standardize": standardize}
        settings = self.settings.but(
            **{name: value for name, value in changes.items() if value is not None}
        )
        self._begin(settings)

    def change(self, **changes: Any) -> None:
        """Change settings from the next update on; the change is recorded with the run.

        ``shuffle`` holds from the next epoch on. Going on from a moment in the past with changed settings
        starts a branch, and the recorded future is kept in ``recording.branches``.

        Raises
        ------
        SettingsError
            If a name is unknown, a value out of its range, or one that only ``reset`` can change.
            Nothing is changed then.
        """
        self.settings.but(**changes)
        for name in ("seed", "standardize"):
            if name in changes and changes[name] != getattr(self.settings, name):
                raise SettingsError(
                    f"{name} belongs to the start of a run; use reset({name}={changes[name]!r}) instead."
                )
        changes = {name: check_setting(name, value) for name, value in changes.items()}
        self._epochs = changes.pop("epochs", self._epochs)
        self._pending.update(changes)

    # ---- what it leaves ----------------------------------------------------------------------------

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
        known, deadline = self.recording.full_losses, time.perf_counter() + seconds
        for mark in reversed(self.recording.checkpoints):
            if mark not in known:
                saved = self.recording.snapshot(mark)
                predictions = self._inputs @ saved.values("w").t() + saved.values("b")
                known[mark] = float(mse_loss(predictions, self._targets))
                if time.perf_counter() > deadline:
                    break
        updates = np.array(sorted(known), np.int64)
        return updates, np.array([known[int(update)] for update in updates])

    def to_script(self) -> str:
        """Return this run, up to where it stands, as a PyTorch script that needs no other package.

        The script prints the batch loss of every update, the same to the last bit.
        """
        segments = [s for s in self.recording.segments if s.update < self._update or s.update == 0]
        if self._update == 0:  # nothing done yet: the script of the run that Run would make
            segments = [Segment(0, segments[0].place, self.settings)]
        return write_script(self.table, segments, self._update or self.total, self._update_function)

    def __repr__(self) -> str:
        table, settings, position = self.table, self.settings, self.position
        where = (
            f"epoch {position.epoch} of {settings.epochs}, update {position.update} of {self.total}"
        )
        return (
            f"Trainer ({self.status}): {table.rows} rows, {table.features} features -> {table.outputs} targets\n"
            f"{where}{f', after {position.phase}' if position.phase else ''}, full-data loss {self.loss():.4g}\n"
            f"learning rate {settings.rate:g}, batches of {settings.batch_rows}, seed {settings.seed}\n"
            "step(), run(), back(), seek(update), reset(), change(learning_rate=...)"
        )

    # ---- inside: beginning and replay --------------------------------------------------------------

    def _begin(self, wanted: Settings) -> None:
        settings = self._filled_in(wanted)
        sampling = Sampling(settings.seed, self.table.outputs, self.table.features)
        branches = self.recording.leave_all(settings) if hasattr(self, "recording") else ()
        version = self.recording.version + 1 if hasattr(self, "recording") else 0
        self._sampling = sampling
        self._scale = insight.scaling(self.table) if settings.standardize else None
        self._inputs = self._scaled(self.table.inputs)
        self.recording = Recording(self.table.rows, settings, branches)
        self.recording.version = version
        self.recording.add_checkpoint(0, Snapshot(LinearRegression(sampling.w, sampling.b)))
        if not hasattr(self, "model"):
            self.model = LinearRegression(sampling.w.clone(), sampling.b.clone())
        self.failure: UpdateError | None = None
        self._epochs = settings.epochs
        self._pending: dict[str, Any] = {}
        self._suspended: Update | None = None
        self._phases: list[str] = []
        self._running = self._pause = False
        self._epoch_rows: tuple[tuple[int, bool], torch.Tensor, torch.Tensor] | None = None
        self._update = 0
        self._restore(0)

    def _filled_in(self, settings: Settings) -> Settings:
        if settings.batch_size is None:
            settings = settings.but(batch_size=3 if self.table.rows <= 100 else 64)
        if settings.learning_rate is None:
            limit = insight.largest_stable_rate(self.table, standardize=settings.standardize)
            rate = insight.round_rate(limit / 10)
            if not (math.isfinite(rate) and rate > 0):
                raise SettingsError(
                    f"no learning rate can be worked out from the table: its largest stable one is {limit:g}. "
                    "Give learning_rate yourself, or standardize=True."
                )
            settings = settings.but(learning_rate=rate)
        return settings

    def _scaled(self, inputs: NDArray[np.float32]) -> torch.Tensor:
        if self._scale is None:
            return torch.from_numpy(inputs.copy())
        mean, std = self._scale
        return torch.from_numpy(((inputs.astype(np.float64) - mean) / std).astype(np.float32))

    def _restore(self, update: int, phases: int = 0) -> None:
        """Go to a recorded moment: the snapshot before it, then replay."""
        self._close_suspended()
        self.failure = None
        mark, snapshot = self.recording.checkpoint_before(update)
        self._load(mark, snapshot)
        try:
            self._make_updates(update, replay=True)
            for _ in range(phases):
                self._resume(replay=True)
        except BaseException as error:
            self._close_suspended()
            self._load(mark, snapshot)
            if isinstance(error, Exception):
                raise _explained(error, self._update_function, "replaying") from error
            raise

    def _load(self, update: int, snapshot: Snapshot) -> None:
        with torch.no_grad():
            snapshot.restore(self.model)
        self._update = update

    def _back_phase(self) -> None:
        if self._phases:
            self._restore(self._update, len(self._phases) - 1)
        elif self._update:
            before = self._update - 1
            self._restore(before, len(self._phase_names(before)))

    def _phase_names(self, update: int) -> list[str]:
        """Return the phases that the update function yields in one update, and restore its start."""
        self._restore(update)
        segment = self.recording.segment_at(update)
        with self._keeping(), torch.enable_grad():
            x, y = self._batches(segment, 1)[0]
            names = [
                str(name) for name in self._update_function(self.model, x, y, segment.settings.rate)
            ]
        self._restore(update)
        return names

    # ---- inside: one update after the other ----------------------------------------------------------

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        """Whatever is raised inside, go back to the last completed update, so that nothing is torn."""
        self.failure = None
        try:
            yield
        except Exception as error:
            failure = _explained(error, self._update_function, f"update {self._update + 1}")
            self._restore(self._update)
            self.failure = failure
            raise failure from (None if failure is error else error)
        except BaseException:  # an interrupt
            self._restore(self._update)
            raise

    def _train(self, stop: int, deadline: float = math.inf) -> None:
        """Make updates until so many are done, time is up, the run diverges or is paused."""
        with self._keeping():
            while self._suspended is not None:
                self._resume()
            self._make_updates(stop, deadline)

    def _make_updates(self, stop: int, deadline: float = math.inf, *, replay: bool = False) -> None:
        recording, model, update_function = self.recording, self.model, self._update_function
        with torch.enable_grad():
            while self._update < stop:
                segment = self._segment_now(replay)
                rate = segment.settings.rate
                change = recording.next_change(self._update)
                room = (stop if change is None else min(stop, change)) - self._update
                for x, y in self._batches(segment, room):
                    self._took(_drain(update_function(model, x, y, rate)))
                    if replay:
                        continue
                    if self._update == recording.diverged_at:
                        return
                    if self._pause or time.perf_counter() >= deadline:
                        return

    def _resume(self, *, replay: bool = False) -> None:
        """Resume the update under way, or begin one, up to its next yield."""
        with torch.enable_grad():
            if self._suspended is None:
                segment = self._segment_now(replay)
                x, y = self._batches(segment, 1)[0]
                self._suspended = self._update_function(self.model, x, y, segment.settings.rate)
            try:
                phase = next(self._suspended)
                _check_grad_mode()
            except StopIteration as end:
                self._suspended = None
                self._phases = []
                self._took(_as_loss(end.value))
            else:
                self._phases.append(str(phase))

    def _took(self, loss: float) -> None:
        """Note a completed update, and stop the run if its numbers are no longer finite."""
        recording = self.recording
        if self._update == len(recording):
            if not math.isfinite(loss):
                self._diverge(loss)
                return
            recording.append(loss)
        self._update += 1
        if self._update >= recording.next_checkpoint:
            recording.add_checkpoint(self._update, Snapshot(self.model))

    def _diverge(self, loss: float) -> None:
        """Stop after the first update whose loss is not finite, or before it if w or b are not."""
        update = self._update
        self._restore(update)
        if all(bool(torch.isfinite(tensor).all()) for tensor in (self.model.w, self.model.b)):
            segment = self.recording.segment_at(update)
            x, y = self._batches(segment, 1)[0]
            _drain(self._update_function(self.model, x, y, segment.settings.rate))
            self.recording.append(loss)
            self._update = update + 1
        self.recording.diverged_at = self._update

    def _close_suspended(self) -> None:
        if self._suspended is not None:
            with contextlib.suppress(Exception):
                self._suspended.close()
        self._suspended = None
        self._phases = []

    def _segment_now(self, replay: bool) -> Segment:
        """Return the settings of the next update, recording a change of them if there is one."""
        if self._pending and not replay:
            if self._changed():
                wanted = self._recorded_settings().but(**self._pending)
                self.recording.set_settings(self._update, wanted)
            self._pending = {}
        return self.recording.segment_at(self._update)

    def _batches(self, segment: Segment, most: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return the next batches of the current epoch, ((n, d), (n, t)) each, at most so many."""
        size = segment.settings.batch_rows
        place = segment.locate(self._update, self.table.rows)
        x, y = self._rows_of(self._update - place.batch, place.epoch)
        rows = slice(place.row, place.row + size * min(most, _SPLIT))
        return list(zip(x[rows].split(size), y[rows].split(size), strict=True))

    def _rows_of(self, update: int, epoch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the table in the order of an epoch that begins after ``update`` updates."""
        shuffle = self.recording.segment_at(update).settings.shuffle
        if not shuffle:
            return self._inputs, self._targets
        if self._epoch_rows is None or self._epoch_rows[0] != (epoch, shuffle):
            order = self._sampling.order(epoch, self.table.rows)
            self._epoch_rows = ((epoch, shuffle), self._inputs[order], self._targets[order])
        return self._epoch_rows[1:]

    # ---- inside: small questions ---------------------------------------------------------------------

    def _recorded_settings(self) -> Settings:
        return self.recording.segment_at(self._update).settings

    def _segments_to_come(self) -> list[Segment]:
        """Return the stretches of the run as it would go on from here, a pending change included."""
        segments = list(self.recording.segments)
        if not self._changed():
            return segments
        start = self._update + (1 if self._phases else 0)
        wanted = self._recorded_settings().but(**self._pending)
        before = [segment for segment in segments if segment.update < start or start == 0]
        return [*before, Segment(start, self.recording.locate(start), wanted)]

    def _end_of(self, epoch: int) -> int:
        """Return the number of updates at the end of an epoch (counted from 0) if no more is changed."""
        segments = self._segments_to_come()
        within = next(segment for segment in reversed(segments) if segment.place.epoch <= epoch)
        return within.end_of(epoch, self.table.rows)

    def _changed(self) -> bool:
        """Tell whether a change of settings waits for the next update."""
        recorded = self._recorded_settings()
        return bool(self._pending) and recorded.but(**self._pending) != recorded

    def _can_go_on(self) -> bool:
        return self._update != self.recording.diverged_at or bool(self._phases)

    def _refuse_if_diverged(self) -> None:
        if not self._can_go_on():
            raise SettingsError(
                f"the run diverged at update {self._update}: its numbers are no longer finite. Go back() or "
                f"reset(), and lower the learning rate, now {self.settings.rate:g}, with change(learning_rate=...)."
            )

    @contextlib.contextmanager
    def _as_running(self) -> Iterator[None]:
        self._running, self._pause = True, False
        try:
            yield
        finally:
            self._running = False


def _drain(update: Update) -> float:
    """Drive one update to its end and return its loss."""
    try:
        while True:
            next(update)
            if not torch.is_grad_enabled():
                _check_grad_mode()
    except StopIteration as end:
        return _as_loss(end.value)


def _check_grad_mode() -> None:
    if not torch.is_grad_enabled():
        raise UpdateError(
            "the update function yields inside `with torch.no_grad():`, so that gradients would stay off for "
            "whoever runs next; move the yield below the block."
        )


def _as_loss(value: object) -> float:
    if isinstance(value, float):
        return value
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UpdateError(
            f"the update function returned {value!r}; it must return the batch's loss as a number: "
            "end it with `return loss.item()`."
        ) from None


def _checked_update_function(update: UpdateFunction) -> UpdateFunction:
    if not inspect.isgeneratorfunction(update):
        raise UpdateError(
            f"update is {update!r}; it must be a generator function (model, x, y, learning_rate) that yields "
            'a phase\'s name after each phase and returns the loss: put `yield "update"` before its return.'
        )
    return update


def _explained(error: Exception, update: UpdateFunction, what: str) -> UpdateError:
    """Name the line of the update function in which an exception arose."""
    if isinstance(error, UpdateError):
        return error
    line, source = None, ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.name == update.__name__ and frame.filename == update.__code__.co_filename:
            line, source = frame.lineno, (frame.line or "").strip()
    where = f", line {line} (`{source}`)" if line is not None else ""
    return UpdateError(
        f"{what} failed in {update.__name__}{where}: {type(error).__name__}: {str(error).rstrip('.')}. "
        "The state before this update is kept.",
        line=line,
        source=source,
    )


def _count(by: str, count: int) -> int:
    if by not in ("phase", "update", "epoch"):
        raise SettingsError(f"by is {by!r}; it must be 'phase', 'update' or 'epoch'.")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise SettingsError(f"count is {count!r}; it must be a whole number, 1 or more.")
    return count
