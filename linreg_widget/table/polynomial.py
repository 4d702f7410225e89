"""Squares and products of features, with readable names: ``Rainfall²``, ``Rainfall × Humidity``."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .columns import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST = 1000  # features
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@quietly
def powers(
    inputs: NDArray[np.float32], names: Sequence[str], degree: object
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return all products of up to ``degree`` features, and their names.

    Parameters
    ----------
    inputs : ndarray, shape (n, d)
        The features.
    names : sequence of str
        d names.
    degree : int
        1 or more.

    Returns
    -------
    products : ndarray of float64, shape (n, k)
        The features themselves first, then by degree: powers of one feature, then products.
    names : tuple of str
        k names.

    Raises
    ------
    TableError
        If the degree is not a whole number of 1 or more, or makes more than 1,000 features.
    """
    if isinstance(degree, bool) or not isinstance(degree, int | np.integer) or degree < 1:
        raise TableError(say("columns.degree", value=quoted(degree)))
    wide, columns, labels = inputs.astype(np.float64), [], []
    if math.comb(len(names) + int(degree), len(names)) - 1 > _MOST:
        raise TableError(say("columns.too_many", degree=degree, features=len(names), most=_MOST))
    for count in range(1, int(degree) + 1):
        products = combinations_with_replacement(range(len(names)), count)
        for chosen in sorted(products, key=lambda factors: len({*factors})):
            columns.append(np.prod(wide[:, chosen], axis=1))
            labels.append(_name(Counter(names[at] for at in chosen)))
    return np.column_stack(columns), tuple(labels)


def _name(factors: Counter[str]) -> str:
    return " × ".join(
        name + (str(power).translate(_RAISED) if power > 1 else "")
        for name, power in factors.items()
    )
