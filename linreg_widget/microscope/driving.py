"""Driving one gradient update; what an update function must be, and its errors in words.

An update function is a generator function (see ``model.gradient_update``). Run to its end, it costs
no more than a plain loop; suspended after a phase, it is what the microscope looks at.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import math
import pickle
import sys
import traceback
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import torch

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType, FunctionType

    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression

Update = Generator[str, None, float]
UpdateFunction = Callable[["LinearRegression", torch.Tensor, torch.Tensor, float], Update]


def checked_update_function(update: UpdateFunction) -> UpdateFunction:
    """Return the update function if it is valid.

    Raises
    ------
    UpdateError
        If it is not a generator function, or does not take the four arguments.
    """
    if not inspect.isgeneratorfunction(update):
        raise UpdateError(say("updates.generator", value=repr(update)))
    try:
        inspect.signature(update).bind(None, None, None, 0.0)
    except TypeError as error:
        raise UpdateError(say("updates.parameters", name=name_of(update), why=error)) from None
    return update


def check_can_be_pickled(update: UpdateFunction) -> None:
    """Raise an error for a function that pickle, which stores only its name, could not find again.

    Raises
    ------
    PicklingError
        If no module has a function of this name, as for a lambda or a function in a function.
    """
    function = plain_function(update)
    if "<locals>" not in (name := function.__qualname__) and "<lambda>" not in name:
        found: Any = sys.modules.get(function.__module__)
        for part in name.split("."):
            found = getattr(found, part, None)
        if getattr(found, "__func__", found) is function:
            return
    if _by_value():
        return
    raise pickle.PicklingError(say("updates.pickle", name=name, module=function.__module__))


def _by_value() -> bool:
    """Tell whether the pickler stores functions themselves, as cloudpickle and dill do.

    A pickler does not say what it is, so this looks for it among the callers.
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - CPython's documented way
    while frame is not None:
        module = str(frame.f_globals.get("__name__")).split(".")  # also joblib's own copy of one
        if "cloudpickle" in module or "dill" in module:
            return True
        frame = frame.f_back
    return False


def learning() -> AbstractContextManager[None]:
    """Return a block in which torch can compute gradients, whatever mode the caller is in."""
    return torch.inference_mode(mode=False)


def drain(update: Update) -> float:
    """Run one update to its end and return its loss.

    Raises
    ------
    UpdateError
        If it yields while gradients are off, or does not return a number.
    Exception
        Whatever the update function raises.
    """
    try:
        while True:
            next(update)
            if not torch.is_grad_enabled():
                _refuse_grad_mode(update)
    except StopIteration as end:
        return as_loss(end.value)
    except BaseException:
        update.close()  # now: closing an open `no_grad` at garbage collection would set gradients
        raise


def next_phase(update: Update) -> str:
    """Resume an update up to its next yield and return the name of the phase.

    Raises
    ------
    StopIteration
        At its end; ``value`` is what it returned.
    UpdateError
        If it yields while gradients are off.
    """
    phase = next(update)
    if not torch.is_grad_enabled():
        _refuse_grad_mode(update)
    return str(phase)


def as_loss(value: object) -> float:
    """Return the return value of an update function as a float.

    Raises
    ------
    UpdateError
        If it is not a number.
    """
    if isinstance(value, float):
        return value
    try:
        if isinstance(value, str):
            raise TypeError  # noqa: TRY301 - refused in the same words as the rest
        return float(value.detach() if isinstance(value, torch.Tensor) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):
        raise UpdateError(say("updates.returned", value=repr(value))) from None


def check_fit(
    model: LinearRegression, w_shape: torch.Size, b_shape: torch.Size, when: str = ""
) -> None:
    """Raise an error if w or b can no longer be used to predict.

    This runs after each update, so it takes less than a microsecond if all is well.

    Parameters
    ----------
    model : LinearRegression
    w_shape, b_shape : torch.Size
        Their initial shapes, (t, d) and (t,).
    when : str
        The phase that has just ended, within an update.

    Raises
    ------
    UpdateError
        If one of them is missing, is not a tensor, or has another shape or dtype.
    """
    try:
        w, b = model.w, model.b
        if w.shape == w_shape and b.shape == b_shape and w.dtype is b.dtype is torch.float32:
            return
    except AttributeError:
        pass
    for name, shape in (("w", w_shape), ("b", b_shape)):
        if words := _misfit(name, vars(model).get(name, _MISSING), tuple(shape)):
            raise UpdateError(
                say(
                    "updates.misfit",
                    words=words,
                    phase=when,
                    named=bool(when),
                    shape=tuple(shape),
                    name=name,
                )
            )


def _misfit(name: str, now: object, shape: tuple[int, ...]) -> str:
    """Return what is wrong with w or b, "" if nothing is."""
    if now is _MISSING:
        return say("updates.deleted", name=name)
    if not isinstance(now, torch.Tensor):
        return say("updates.made", name=name, type=type(now).__name__)
    if now.shape != shape:
        return say("updates.shape", name=name, shape=tuple(now.shape))
    return "" if now.dtype is torch.float32 else say("updates.dtype", name=name, dtype=now.dtype)


_MISSING = object()


def loss_so_far(variables: Mapping[str, object]) -> float:
    """Return the value of an update's variable ``loss``; NaN if it has none."""
    loss = variables.get("loss")
    try:
        return math.nan if loss is None else as_loss(loss)
    except UpdateError:
        return math.nan


def explained(error: Exception, update: UpdateFunction, what: str) -> UpdateError:
    """Return an error that names the line of the update function where another error arose."""
    if isinstance(error, UpdateError):
        return error
    # That of next(): Python lets none out of a generator, and raises another.
    if isinstance(error.__cause__, StopIteration):
        error = error.__cause__
    why = str(error).rstrip(".")
    if not why and isinstance(error, StopIteration):
        why = say("updates.exhausted")
    code = plain_function(update).__code__
    line, source = None, ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.name == code.co_name and frame.filename == code.co_filename:
            line, source = frame.lineno, (frame.line or "").strip()
    return UpdateError(
        say(
            "updates.failed",
            what=what,
            name=name_of(update),
            placed=line is not None,
            line=line,
            shown=bool(source),
            source=source,
            error=f"{type(error).__name__}: {why}" if why else type(error).__name__,
        ),
        line=line,
        source=source,
    )


def name_of(update: UpdateFunction) -> str:
    """Return the name that an update function was defined with."""
    return plain_function(update).__name__


def plain_function(update: UpdateFunction) -> FunctionType:
    """Return the function inside a partial or a bound method."""
    inner: Any = update
    while isinstance(inner, functools.partial):
        inner = inner.func
    function: FunctionType = getattr(inner, "__func__", inner)
    return function


def _refuse_grad_mode(update: Any) -> NoReturn:
    frame = update.gi_frame
    line = frame.f_lineno
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    raise UpdateError(
        say("updates.no_grad", shown=bool(source), line=line, source=source),
        line=line,
        source=source,
    )


@quietly
def as_float32(name: str, value: object, wanted: str) -> NDArray[np.float32]:
    """Return what a user passed as float32 numbers; those that are too large become infinite.

    Raises
    ------
    SettingsError
        If they are not numbers.
    """
    try:
        numbers = value.detach() if isinstance(value, torch.Tensor) else value
        return np.asarray(numbers, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(say("updates.unread", name=name, why=error, wanted=wanted)) from None


@quietly
def given_by_hand(name: str, value: object, shape: tuple[int, ...]) -> torch.Tensor:
    """Return weights or biases that were set by hand as a float32 tensor of the given shape.

    Raises
    ------
    SettingsError
        If they are not finite float32 numbers of that shape.
    """
    numbers = as_float32(name, value, say("updates.array", shape=tuple(shape)))
    if numbers.shape != tuple(shape):
        raise SettingsError(
            say("updates.entries_shape", name=name, has=numbers.shape, shape=tuple(shape))
        )
    if not np.isfinite(numbers).all():
        raise SettingsError(say("updates.not_finite", name=name))
    given = np.asarray(value.detach() if isinstance(value, torch.Tensor) else value, float)
    if (lost := given[(numbers == 0) & (given != 0)]).size:
        raise SettingsError(say("updates.too_small", name=name, number=lost[0]))
    return torch.tensor(numbers, device="cpu")
