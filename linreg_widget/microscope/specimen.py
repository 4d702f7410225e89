"""One update under the microscope: the values of its tensors, as each of its phases leaves them.

The update function is suspended at a ``yield``. What can be seen there are its local variables, in
its suspended frame, and what stands on the model. A specimen keeps copies of both, and what each
value was before the phase that changed it. What has changed is told by comparing the numbers:
torch's own count of writes misses those through ``.data`` and through NumPy.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch

from .driving import as_loss, check_fit, learning, loss_so_far, next_phase

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from types import FrameType
    from typing import Any

    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression

    from .driving import Update

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Changed", "Seen", "Specimen", "Value"]

MOST_ROWS = 64
MOST_COLUMNS = 128
_MOST_PARTS = 8

Changed = Literal["now", "earlier", ""]


class Value(NamedTuple):
    """What a variable held at one moment."""

    shape: tuple[int, ...]
    """All of its shape."""
    numbers: NDArray[Any]
    """Its leading rows and columns, float32 or float64, at most (64, 128); a copy."""
    dtype: str
    """What torch calls it, "float32"; "float" and "int" for plain numbers."""
    requires_grad: bool


class Seen(NamedTuple):
    """One named value inside an update."""

    name: str
    """As in the code, but without ``model.``: "x", "w", "w.grad"."""
    value: Value | None
    """None where the variable is None."""
    old: Value | None = None
    """What it was before the phase that changed it; None also where it was not there."""
    changed: Changed = ""
    """By the last phase, by an earlier one of this update, or not in this update."""


class Specimen:
    """One update, resumed phase by phase, and all that can be seen in it.

    Parameters
    ----------
    update : generator
        The update, not yet started.
    model : LinearRegression
    number : int
        Which update of the run it is, from 1.
    rows : ndarray of int64, shape (n,)
        The table's rows that are in its batch.
    """

    def __init__(
        self, update: Update, model: LinearRegression, number: int, rows: NDArray[np.int64]
    ) -> None:
        self.number = number
        self.rows = rows
        self.phases: list[str] = []
        """The finished phases."""
        self.ended = False
        """Whether the update is complete."""
        self.lines: list[int] = []
        """The lines, in the function's file, of the yields that it has reached."""
        self.seen: dict[str, Seen] = {}
        """All named values: the arguments first, then other variables, then those of the model."""
        self.loss = math.nan
        """The loss as the variable ``loss`` has it, else what was returned; NaN before."""
        self.later: tuple[str, ...] = ()
        """Local variables that have no value yet."""
        self.of_model: tuple[str, ...] = ()
        """The names of those that stand on the model."""
        self._update: Any = update
        self._model = model
        self._shapes = model.w.shape, model.b.shape
        self._look(update.gi_frame)  # type: ignore[attr-defined]

    def resume(self) -> str:
        """Go on to the end of the next phase and return its name.

        Raises
        ------
        StopIteration
            At the end of the update; ``value`` is its loss, not yet checked.
        UpdateError
            If it yields while gradients are off, or has left a w or b that does not fit.
        Exception
            Whatever the update function raises.
        """
        frame = self._update.gi_frame  # held, so that its variables outlive the return
        try:
            phase = next_phase(self._update)
        except StopIteration as end:
            self.ended = True
            self._look(frame)
            if math.isnan(self.loss) and isinstance(end.value, int | float):
                self.loss = float(end.value)
            raise
        check_fit(self._model, *self._shapes, phase)  # a view may predict with them now
        self.phases.append(phase)
        self.lines.append(frame.f_lineno)
        self._look(frame)
        return phase

    def finish(self) -> float:
        """Go on to the end of the update and return its loss.

        Raises
        ------
        UpdateError
            If it yields while gradients are off, returns no number, or has left a w or b that does
            not fit.
        Exception
            Whatever the update function raises.
        """
        try:
            while True:
                self.resume()
        except StopIteration as end:
            return as_loss(end.value)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the update where it is."""
        with learning():
            self._update.close()

    def _look(self, frame: FrameType) -> None:
        """Note the present values, and what the phase just finished has changed."""
        names = dict.fromkeys(frame.f_code.co_varnames + frame.f_code.co_cellvars)
        local, kept = frame.f_locals, {id(thing) for thing in vars(self._model).values()}
        self.later = tuple(name for name in names if name not in local)
        self.loss = loss_so_far(local)
        own = {
            name: value
            for name in names
            if name in local
            and id(local[name]) not in kept
            and (value := _value_of(local[name])) is not None
        }
        model = self._look_at_model(own)
        before = {name.removeprefix("model."): self.seen[name] for name in self.of_model}
        variables = {name: seen for name, seen in self.seen.items() if name not in self.of_model}
        self.of_model = tuple(model)
        self.seen = {
            **{name: self._noted(name, value, variables.get(name)) for name, value in own.items()},
            **{
                # Where a variable takes the name w, that on the model goes on as model.w.
                name: self._noted(name, value, before.get(name.removeprefix("model.")))
                for name, value in model.items()
            },
        }

    def _noted(self, name: str, value: Value | None, known: Seen | None) -> Seen:
        if known is None:
            first = not self.phases and not self.ended
            return Seen(name, value, None, "" if first else "now")
        if _same(known.value, value):
            return Seen(name, value, known.old, "earlier" if known.changed else "")
        return Seen(name, value, known.value, "now")

    def _look_at_model(self, own: Container[str]) -> dict[str, Value | None]:
        """Return the model's tensors and, after each one that has any, its gradient."""
        found: dict[str, Value | None] = {}
        for name, tensor in _tensors(self._model):
            if (value := _value_of(tensor)) is None:
                continue
            label = f"model.{name}" if name in own else name
            found[label] = value
            # One that is not a leaf (`model.w = model.w - ...`) has no .grad; asking for it warns.
            gradient = tensor.grad if tensor.is_leaf else None
            if gradient is not None:
                found[f"{label}.grad"] = _value_of(gradient)
            elif tensor.requires_grad:
                found[f"{label}.grad"] = None
        return found


def _value_of(thing: object) -> Value | None:
    """Return a copy of a number or a tensor of numbers; None for anything else."""
    if isinstance(thing, torch.Tensor):
        return _of_tensor(thing)
    if isinstance(thing, int | float) and not isinstance(thing, bool):
        kind = "float" if isinstance(thing, float) else "int"
        return Value((), np.array([[_as_float(thing)]]), kind, requires_grad=False)
    return None


def _tensors(model: object) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors that a model has, with their names: also those in a list or a dict."""
    for name, thing in vars(model).items():
        parts: Iterable[tuple[object, object]] = ()
        if isinstance(thing, list | tuple):
            parts = enumerate(thing[:_MOST_PARTS])
        elif isinstance(thing, dict):
            parts = itertools.islice(thing.items(), _MOST_PARTS)
        elif isinstance(thing, torch.Tensor):
            yield name, thing
        for key, part in parts:
            if isinstance(part, torch.Tensor):
                yield f"{name}[{key!r}]", part


def _of_tensor(tensor: torch.Tensor) -> Value | None:
    """Copy the leading rows and columns of a tensor; one of more dimensions becomes two."""
    if tensor.is_complex() or tensor.layout != torch.strided:
        return None
    plain = tensor.detach()
    if tensor.dtype != torch.float32 or tensor.device != _CPU:
        plain = plain.to(_CPU, torch.float32 if tensor.dtype in _HALVES else torch.float64)
    array = plain.numpy()  # quicker from here on than torch's own operations
    wide = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
    numbers = wide[:MOST_ROWS, :MOST_COLUMNS].copy()
    dtype = str(tensor.dtype).removeprefix("torch.")
    return Value(tuple(tensor.shape), numbers, dtype, tensor.requires_grad)


_CPU = torch.device("cpu")
_HALVES = (torch.float32, torch.float16, torch.bfloat16)


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _same(one: Value | None, other: Value | None) -> bool:
    """Tell whether two values are the same to the bit, as far as they are kept."""
    if one is None or other is None or one is other:
        return one is other
    return (
        one.shape == other.shape
        and one.dtype == other.dtype
        and one.numbers.tobytes() == other.numbers.tobytes()
    )
