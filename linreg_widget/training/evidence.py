"""The evidence for the diagnosis of a run, from its record first and its update function last.

The record has most of it: the losses that were returned, and w and b at the checkpoints. Only if
these show that something is wrong is an update repeated, on a model of its own, to see what it
does; after all, an update function may print, or write to a file. All evidence is remembered.
The diagnosis is ``quietly`` made, so no number here warns.
"""

from __future__ import annotations

import contextlib
import math
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from linreg_widget.microscope import drain, learning, plain_function
from linreg_widget.model import LinearRegression, gradient_update
from linreg_widget.recording import Snapshot

from .mistakes import PARALLEL, Made, Moved, Sample, along, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from linreg_widget.recording import Checkpoint

    from .run import Run
    from .verdict import Remembered

    Numbers = NDArray[np.float64]

_T = TypeVar("_T")
_MOST_SAMPLES = 8
_FEW_SAMPLES = 2
_MOST_FOLLOWED = 512  # updates that are worked out to see which way they lead
_MOST_PARTS = 8
_NEARLY = 1e-2  # relative, for what 32 and 64 bits make of the same few updates
_NEAR = 0.5  # of a gradient's length, within which it counts as that of its batch alone


class Evidence:
    """What speaks for and against a mistake, for the run of a loop where it stands.

    Parameters
    ----------
    loop : Run
    remembered : Remembered
        Of the same trainer.
    """

    def __init__(self, loop: Run, remembered: Remembered) -> None:
        self._loop = loop
        self._remembered = remembered
        recording = loop.recording
        self.ended = not loop.phases and loop.update >= loop.schedule.end_of(loop.plan.epochs - 1)
        """Whether the run is complete."""
        self.own = plain_function(loop.function) is not gradient_update
        """Whether the update function is not the article's, which makes no mistakes."""
        starts = [*recording.edited, *(at for at, _ in recording.codes)]
        self.since = max([0, *(at for at in starts if at < loop.update)])
        """The number of updates at which w and b were last set by hand, or the code was changed."""
        self._key = (recording.history, recording.codes, loop.fingerprint.now())

    def _once(self, key: object, find: Callable[[], _T]) -> _T:
        return self._remembered.once(self._key, key, find)

    # ---- from the record alone -------------------------------------------------------------------

    @property
    def keeps_more(self) -> bool:
        """Whether the model holds more than w and b: a function may count, and wait."""
        return len(vars(self._loop.model)) > 2

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Which of w and b are, to the bit, what they were: at every checkpoint, and now."""
        loop = self._loop
        names: tuple[str, ...] = ("w", "b")
        if loop.update == self.since:
            return ()
        start = loop.recording.snapshots.before(self.since).snapshot
        for snapshot in self._later():
            same = (name for name in names if _equal(snapshot.values(name), start.values(name)))
            if not (names := tuple(same)):
                return ()
        now = loop.model
        return tuple(name for name in names if _equal(getattr(now, name), start.values(name)))

    def _later(self) -> Iterator[Snapshot]:
        for mark in self._loop.recording.snapshots:
            if self.since < mark.update <= self._loop.update:
                yield mark.snapshot

    def moving(self, rate: float) -> tuple[str, ...]:
        """Return which of w and b a step at this rate, downhill on all rows, would change.

        In float32 a step that is too short changes nothing, and at the best fit all of them are.
        """
        return self._once(("moving", self.since, rate), lambda: self._moving(rate))

    def _moving(self, rate: float) -> tuple[str, ...]:
        rows = self._loop.batches
        start = self._loop.recording.snapshots.before(self.since).snapshot
        w, b = start.values("w"), start.values("b")
        _, *gradients = _downhill(_numbers(w), _numbers(b), rows.inputs, rows.targets)
        moving = []
        for name, now, gradient in zip(("w", "b"), (w, b), gradients, strict=True):
            step = (rate * gradient).astype(np.float32)
            if np.any(now.numpy() - step != now.numpy()):
                moving.append(name)
        return tuple(moving)

    def samples(self) -> list[Sample]:
        """Return losses as they were returned and as they should be, at some of the checkpoints."""
        recording, update = self._loop.recording, self._loop.update
        marks = [one for one in recording.snapshots if self.since <= one.update < update]
        chosen = marks[:: -(-len(marks) // _MOST_SAMPLES)]
        return [self._once(("sample", mark.update), partial(self._sample, mark)) for mark in chosen]

    @property
    def few_samples(self) -> list[Sample]:
        """Likewise, of the first checkpoints and the last one, which cost little."""
        recording, update = self._loop.recording, self._loop.update
        marks = [one for one in recording.snapshots if self.since <= one.update < update]
        return [
            self._once(("sample", mark.update), partial(self._sample, mark))
            for mark in [*marks[:_FEW_SAMPLES], *marks[_FEW_SAMPLES:][-1:]]
        ]

    def _sample(self, mark: Checkpoint) -> Sample:
        update, snapshot = mark.update, mark.snapshot
        w, b = _numbers(snapshot.values("w")), _numbers(snapshot.values("b"))
        return _sampled(float(self._loop.recording.losses[update]), w, b, *self._batch(update))

    def full_loss(self, update: int) -> float:
        """Return the loss over all rows after so many updates; NaN where that takes a replay.

        The article's updates can be repeated without side effects.
        """
        return self._once(("full", update), lambda: self._full_loss(update))

    def _full_loss(self, update: int) -> float:
        mark = self._loop.recording.snapshots.before(update)
        snapshot = mark.snapshot
        if mark.update != update:
            if self.own:
                return math.nan
            twin = self._loop.twin()
            twin.go_to(update)
            snapshot = Snapshot(twin.model)
        return self._loop.batches.loss(snapshot.values("w"), snapshot.values("b"))

    @property
    def ends(self) -> tuple[float, float] | None:
        """The losses over all rows at the start and now, if an own update's run has ended."""
        if not (self.own and self.ended):
            return None
        model = self._loop.model
        return self.full_loss(0), self._loop.batches.loss(model.w, model.b)

    @property
    def piled(self) -> bool:
        """Whether the gradients that the last update left are clearly more than those of its batch.

        A function may clear them where its next update begins, and may return a multiple of
        ``mse_loss``. Where it stood before its step is known no better than that w and b went
        against these gradients, or hardly at all.
        """
        loop = self._loop
        left = [one.grad if one.is_leaf else None for one in (loop.model.w, loop.model.b)]
        if loop.update < self.since + 2 or any(one is None or not one.any() for one in left):
            return False
        last = loop.update - 1
        rate, batch = loop.recording.segment_at(last).settings.rate, self._batch(last)
        now = _numbers(loop.model.w), _numbers(loop.model.b)
        held = [_numbers(one) for one in left if one is not None]
        for back in (rate, 0.0):
            before = [one + back * gradient for one, gradient in zip(now, held, strict=True)]
            mse, *gradients = _downhill(before[0], before[1], *batch)
            returned = float(loop.recording.losses[last])
            for factor in (1.0, returned / mse if mse else 1.0):
                if all(
                    np.linalg.norm(one - factor * other) <= _NEAR * np.linalg.norm(one)
                    for one, other in zip(held, gradients, strict=True)
                ):
                    return False
        return True

    @property
    def opposed(self) -> bool:
        """Whether w or b went against the way that the article's updates lead, to begin with."""
        return bool(stop := self._first_stop) and self._once(
            ("opposed", self.since, stop), lambda: self._opposed(stop)
        )

    @property
    def _first_stop(self) -> int:
        """The first moment at which w and b are known again; 0 if it is too far away."""
        marks = [mark.update for mark in self._loop.recording.snapshots if mark.update > self.since]
        stop = marks[0] if marks and marks[0] <= self._loop.update else self._loop.update
        if stop == self.since or stop - self.since > _MOST_FOLLOWED:
            return 0
        return 0 if stop == self._loop.update and self._loop.phases else stop

    def _opposed(self, stop: int) -> bool:
        ways = zip(self._followed(self.since), self._followed(stop), self._known(stop), strict=True)
        return any(float(np.sum((to - at) * (end - at))) < 0 for at, to, end in ways)

    def _followed(self, stop: int, keep: float = 1) -> tuple[Numbers, Numbers]:
        """Return where the article's updates lead, if so much is kept of w and b each time."""
        loop = self._loop
        start = loop.recording.snapshots.before(self.since).snapshot
        w, b = _numbers(start.values("w")), _numbers(start.values("b"))
        for update in range(self.since, stop):
            rate = loop.recording.segment_at(update).settings.rate
            _, of_w, of_b = _downhill(w, b, *self._batch(update))
            w, b = keep * w - rate * of_w, keep * b - rate * of_b
        return w, b

    def _known(self, stop: int) -> tuple[Numbers, Numbers]:
        """Return w and b at a checkpoint, or now."""
        mark = self._loop.recording.snapshots.before(stop)
        of = mark.snapshot.values if mark.update == stop else partial(getattr, self._loop.model)
        return _numbers(of("w")), _numbers(of("b"))

    @property
    def forgotten(self) -> tuple[tuple[str, ...], bool]:
        """Which of w and b do not go on from what they were, and whether they are always 0."""
        stop = self._first_stop
        if not stop:
            return (), False
        return self._once(("forgotten", self.since, stop), lambda: self._forgotten(stop))

    def _forgotten(self, stop: int) -> tuple[tuple[str, ...], bool]:
        start, known = self._followed(self.since), self._known(stop)
        both = [*zip(("w", "b"), start, known, strict=True)]
        if emptied := tuple(name for name, at, to in both if np.any(at) and not np.any(to)):
            return emptied, True
        alone = self._followed(stop, keep=0)
        same = all(
            np.allclose(*two, rtol=_NEARLY, atol=0) for two in zip(known, alone, strict=True)
        )
        usual = all(
            np.allclose(*two, rtol=0.1) for two in zip(known, self._followed(stop), strict=True)
        )
        return (("w", "b") if same and not usual else ()), False

    def _batch(self, update: int) -> tuple[torch.Tensor, torch.Tensor]:
        loop = self._loop
        ((x, y),) = loop.batches.cut(loop.recording.schedule, update, update + 1)
        return x, y

    # ---- by making updates again -----------------------------------------------------------------

    def made(self) -> tuple[Made, ...]:
        """Return the first update as it is made again, and the next if it left a gradient.

        None for the article's own function, and where the function raises.
        """
        if not self.own:
            return ()
        return self._once(("made", self.since), self._made)

    def _made(self) -> tuple[Made, ...]:
        twin = self._loop.twin()
        found: list[Made] = []
        with learning(), contextlib.suppress(Exception):
            twin.go_to(self.since)
            for update in range(self.since, min(self.since + 2, len(self._loop.recording) + 1)):
                found.append(self._make(twin, update))
                if not any(one.left is not None and np.any(one.left) for one in found[-1].both):
                    break
        return tuple(found)

    def _make(self, twin: Run, update: int) -> Made:
        """Make an update on a twin, and note what becomes of w and b."""
        model, (x, y) = twin.model, self._batch(update)
        rate = twin.recording.segment_at(update).settings.rate
        first = _numbers(model.w), _numbers(model.b)
        _, *gradients = _downhill(*first, x, y)
        flows: tuple[list[torch.Tensor], ...] = ([], [])
        for tensor, flow in zip((model.w, model.b), flows, strict=True):
            if tensor.requires_grad:
                tensor.register_hook(lambda given, flow=flow: flow.append(given.detach().clone()))
        started: Any = twin.function(model, x, y, rate)
        frame = started.gi_frame
        loss = drain(started)
        variables = frame.f_locals
        moved = []
        for index, name in enumerate(("w", "b")):
            now, given = getattr(model, name), flows[index]
            left = now.grad if now.is_leaf else None
            one = Moved(
                name,
                first[index],
                _numbers(now) - first[index],
                gradients[index],
                _numbers(torch.stack(given).sum(0)) if given else None,
                None if left is None else _numbers(left),
                (),
            )
            moved.append(one._replace(copies=tuple(_copies(variables, now, one, rate))))
        keeps = len(vars(model)) > 2 or any(
            one.left is not None and bool(np.any(one.left)) for one in moved
        )
        return Made(rate, _sampled(loss, *first, x, y), moved[0], moved[1], keeps)


def _copies(variables: Mapping[str, object], now: torch.Tensor, moved: Moved, rate: float) -> Any:
    """Yield the variables that hold what w or b should have become, in a tensor of their own."""
    for name, value in variables.items():
        for part in _parts(value):
            if isinstance(part, torch.Tensor) and part.data_ptr() != now.data_ptr():
                numbers = part.detach()
                if numbers.shape != now.shape and numbers.t().shape == now.shape:
                    numbers = numbers.t()
                if numbers.shape == now.shape and _is_step(_numbers(numbers), moved, rate):
                    yield name
                    break


def _parts(value: object) -> list[object]:
    """Return a variable's value and, of a list, a dict or a model, what is in it."""
    if isinstance(value, list | tuple):
        return [*value[:_MOST_PARTS]]
    if isinstance(value, dict):
        return [*value.values()][:_MOST_PARTS]
    if isinstance(value, LinearRegression):
        return [*vars(value).values()][:_MOST_PARTS]
    return [value]


def _is_step(numbers: Numbers, moved: Moved, rate: float) -> bool:
    """Tell whether numbers are those of before and a step along the gradient."""
    if moved.flow is None and not np.any(moved.own):
        return False
    step, whole = numbers - moved.before, rate * moved.own
    share = abs(share_of(step, whole))
    if step.size == 1:  # any two numbers are parallel
        return abs(share - 1) < 0.01
    return abs(along(step, whole)) > PARALLEL and 0.001 < share < 1000


def _numbers(tensor: torch.Tensor) -> Numbers:
    return tensor.detach().double().numpy().copy()


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.equal(one.detach(), other)


def _sampled(loss: float, w: Numbers, b: Numbers, x: torch.Tensor, y: torch.Tensor) -> Sample:
    """Return the loss of a batch as it was returned, beside those that it might be."""
    made, targets = _numbers(x) @ w.T + b, _numbers(y)
    rows, outputs = targets.shape
    error, pairs = made - targets, math.nan
    if outputs == 1:
        apart = float(made.mean() - targets.mean())
        pairs = float(made.var() + targets.var()) + apart * apart
    mse, signed = float(np.mean(error * error)), float(error.mean())
    return Sample(loss, mse, rows, outputs, pairs, signed)


def _downhill(
    w: Numbers, b: Numbers, x: torch.Tensor, y: torch.Tensor
) -> tuple[float, Numbers, Numbers]:
    """Return ``mse_loss`` and its gradients with respect to w and b, worked out in float64."""
    inputs, targets = _numbers(x), _numbers(y)
    error = inputs @ w.T + b - targets
    pull = 2 / error.size * error
    return float(np.mean(error * error)), pull.T @ inputs, pull.sum(axis=0)
