"""What is seen of a table that was read, or that was refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget.errors import TableError
from linreg_widget.table.table import Table


def refused(data: Any, targets: Any = None, **how: Any) -> str:
    """Return why data, or a text, are no table."""
    with pytest.raises(TableError) as caught:
        (Table.parse if isinstance(data, str) else Table.of)(data, targets, **how)
    return str(caught.value)


def rows(table: Table) -> NDArray[np.float32]:
    return np.hstack([table.inputs, table.targets])


def columns(table: Table) -> dict[str, list[float]]:
    """The columns by their labels, with units."""
    values = rows(table).astype(float).round(4)
    return dict(zip(table.to_frame().columns, values.T.tolist(), strict=True))


def words(table: Table) -> str:
    return " ".join(note.words for note in table.notes)
