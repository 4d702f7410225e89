"""One update under the microscope: the values of its tensors, as each of its phases leaves them.

The update function is suspended at a ``yield``. Its local variables can be read from its suspended
frame, and so can what stands on the model. A specimen keeps copies of both, and of what each value
was before the phase that changed it. Numbers are compared to see what has changed: torch's own
count of writes misses those through ``.data`` and through NumPy.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from .driving import as_loss, check_fit, learning, loss_so_far, next_phase
from .values import tensors_of, value_of

if TYPE_CHECKING:
    from collections.abc import Container
    from types import FrameType
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression

    from .driving import Update
    from .graph import Graph
    from .trace import Trace
    from .values import Value

Changed = Literal["now", "earlier", ""]


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
    traced : bool
        Whether to note torch's operations, for ``graph``.
    """

    def __init__(
        self,
        update: Update,
        model: LinearRegression,
        number: int,
        rows: NDArray[np.int64],
        *,
        traced: bool = False,
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
        frame = update.gi_frame  # type: ignore[attr-defined]
        self._trace: Trace | None = None
        if traced:
            from .trace import Trace  # with all of the graph, which few updates need

            self._trace = Trace(frame, model)
        self._look(frame)

    @property
    def traced(self) -> bool:
        """Whether torch's operations are noted."""
        return self._trace is not None

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
            with self._trace or contextlib.nullcontext():
                phase = next_phase(self._update)
        except StopIteration as end:
            self.ended = True
            self._stop_tracing()
            self._look(frame)
            if math.isnan(self.loss) and isinstance(end.value, int | float):
                self.loss = float(end.value)
            raise
        check_fit(self._model, *self._shapes, phase)  # a view may predict with them now
        self.phases.append(phase)
        if self._trace is not None:
            self._trace.end_phase()
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
        self._stop_tracing()
        with learning():
            self._update.close()

    @property
    def graph(self) -> Graph | None:
        """The operations so far; None where they are not noted."""
        if self._trace is None:
            return None
        from .graph import Graph

        nodes, bound = tuple(self._trace.nodes), self._trace.bound()
        return Graph(self.number, tuple(self.phases), nodes, self.ended, bound).frozen()

    def _stop_tracing(self) -> None:
        if self._trace is not None:
            self._trace.close()

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
            and (value := value_of(local[name])) is not None
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
        for name, tensor in tensors_of(self._model):
            if (value := value_of(tensor)) is None:
                continue
            label = f"model.{name}" if name in own else name
            found[label] = value
            # One that is not a leaf (`model.w = model.w - ...`) has no .grad; asking for it warns.
            gradient = tensor.grad if tensor.is_leaf else None
            if gradient is not None:
                found[f"{label}.grad"] = value_of(gradient)
            elif tensor.requires_grad:
                found[f"{label}.grad"] = None
        return found


def _same(one: Value | None, other: Value | None) -> bool:
    """Tell whether two values are the same to the bit, as far as they are kept."""
    if one is None or other is None or one is other:
        return one is other
    return (
        one.shape == other.shape
        and one.dtype == other.dtype
        and one.numbers.tobytes() == other.numbers.tobytes()
    )
