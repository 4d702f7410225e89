"""Thousands of the smallest cases as one test: each test of its own would take longer than they.

So would pytest's own ``subtests``, which report each case: 3,000 empty ones take twice the time.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def each(name: str, values: Callable[[], Iterable[Any]]) -> Callable[..., Callable[..., None]]:
    """Give a test all values of an argument, one after the other, and tell at its end which failed.

    Parameters
    ----------
    name : str
        The argument.
    values : callable
        Returns the values, when the test runs rather than when it is collected.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def of_all(**fixtures: Any) -> None:
            cases, failed = [*values()], {}
            assert cases, f"there is no {name}"
            for value in cases:
                try:
                    test(**fixtures, **{name: value})
                except Exception as error:  # noqa: BLE001 - whatever a test raises
                    error.add_note(f"{name} = {value!r}")
                    failed[value] = error
            if failed:
                words = f"{len(failed)} of {len(cases)} failed: {', '.join(map(str, failed))}"
                raise ExceptionGroup(words, [*failed.values()])

        signature = inspect.signature(test)
        rest = [one for one in signature.parameters.values() if one.name != name]
        of_all.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return of_all

    return decorate
