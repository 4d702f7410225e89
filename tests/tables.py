"""Tables at the edges of what numbers can be, for tests of all that reads them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from linreg_widget.table.table import Table, crop_yields

__all__ = ["EDGES", "extreme"]

_LINE = np.arange(1.0, 9)[:, None]

EDGES: dict[str, tuple[Table, dict[str, float]]] = {
    "crops": (crop_yields(), {}),
    "a run that diverges": (crop_yields(), {"learning_rate": 1.0}),
    "a perfect line": (Table.parse("x,y\n1,3\n2,5\n3,7\n4,9"), {}),
    "two rows": (Table.parse("x,y\n1,3\n2,5"), {}),
    "one row": (Table.parse("x,y\n1,3"), {}),
    "more features than rows": (Table.of((np.eye(3, 5), np.arange(3.0))), {}),
    "all rows equal": (Table.of((np.full((4, 2), 3.0), np.full(4, 7.0))), {}),
    "a constant target": (Table.of((_LINE, np.full(8, 5.0))), {}),
    "a feature of zeros": (Table.of((np.hstack([_LINE * 0, _LINE]), _LINE**2)), {}),
    "nothing but zeros": (Table.of((_LINE * 0, _LINE * 0)), {}),
    "huge numbers": (Table.of((1e30 * _LINE, 1e20 * _LINE)), {"standardize": True}),
    "the largest numbers": (
        Table.of((3e38 * np.cos(_LINE), 3e38 * np.sin(_LINE))),
        {"standardize": True},
    ),
    "tiny numbers": (Table.of((1e-30 * _LINE, 1e-30 * _LINE**2)), {}),
    "the smallest numbers": (Table.of((1e-37 * _LINE, 1e-37 * _LINE**2)), {}),
    "fewer digits": (Table.of((1e-42 * _LINE, 1e-42 * _LINE**2)), {}),
    "numbers of all sizes": (
        Table.of((np.array([[1e-50, 1], [2e-30, 1e30], [1, 2]]), [1e-20, 3, 1e30])),
        {"learning_rate": 1e-3},
    ),
    "times": (Table.of((np.hstack([1.7e9 + _LINE, _LINE]), _LINE)), {}),
}
"""Tables by name, each with what a trainer is to be told besides."""


@st.composite
def extreme(draw: st.DrawFn) -> Table:
    """Draw small tables whose columns are of any size that float32 holds."""
    rows, features, targets = (draw(st.integers(1, most)) for most in (6, 3, 2))
    numbers = st.floats(-3.4, 3.4).map(lambda number: round(number, 3))
    columns = [
        np.array([draw(numbers) for _ in range(rows)]) * 10.0 ** draw(st.integers(-44, 38))
        for _ in range(features + targets)
    ]
    with np.errstate(all="ignore"):
        held = np.column_stack(columns).astype(np.float32)
    return Table.of((held[:, :features], held[:, features:]))
