"""NumPy kept quiet: whatever the session's ``np.seterr`` says, the package works the same.

A notebook may have set ``np.seterr(all="raise")``, which is meant for its own numbers. A run that
diverges contains infinities, and numbers so small that their squares are 0: here they are values
like any others, and the package says in words what they mean. So code that reads and shows numbers
does it quietly. An update function, which is the user's, runs under the user's own settings.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)


def quietly(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function work without NumPy's warnings and errors about numbers."""

    @functools.wraps(function)
    def working(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return working


def quiet(cls: C) -> C:
    """Let all methods and properties that a class defines work ``quietly``.

    Its generators do not, nor does ``close``. The garbage collector may close a widget at any
    moment, also while ``np.errstate`` sets its context variable; up to Python 3.11, to set it
    once more meanwhile ends the process (the variables of before are freed while they are read).
    """
    for name, member in [*vars(cls).items()]:
        if name != "close" and (made := _made_quiet(member)) is not None:
            setattr(cls, name, made)
            if isinstance(made, functools.cached_property):
                made.__set_name__(cls, name)
    return cls


def _made_quiet(member: Any) -> Any:
    """Return what takes the place of a member of a class; None where it stays."""
    if inspect.isfunction(member):
        return None if inspect.isgeneratorfunction(member) else quietly(member)
    if isinstance(member, classmethod | staticmethod):
        return type(member)(quietly(member.__func__))
    if isinstance(member, property):
        getter, setter = (part and quietly(part) for part in (member.fget, member.fset))
        return property(getter, setter)
    if isinstance(member, functools.cached_property):
        return functools.cached_property(quietly(member.func))
    return None
