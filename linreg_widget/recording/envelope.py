"""A long series in a few columns: the least, the greatest and the mean value of each stretch.

On a screen a thousand pixels wide, a curve of a million losses looks the same as the band between
the minimum and the maximum of each pixel column. An `Envelope` keeps just these numbers and grows
with the series: new values are read once, and when the columns run out, neighbours are merged and
the stride doubles. So the cost of drawing or sending a run does not depend on its length.

This module knows NumPy and nothing else.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

MOST_COLUMNS = 1024  # about as many as a plot has pixels across


class Envelope:
    """The minimum, maximum and mean of each of at most `columns` stretches of a growing series.

    Values are numbered from 1, as updates are: column ``i`` covers the
    values after number ``ends[i - 1]`` up to and including number ``ends[i]``. All columns
    are `stride` values wide but the last, which may still be filling.

    NaN and infinity count as `bad`: they are left out of `low`, `high` and `mean`, and a
    column that holds nothing else is NaN in all three.

    Parameters
    ----------
    columns : int
        The most columns to keep; even, since neighbours are merged in pairs. A series of more
        values than that fills between a half and all of them.
    dtype : dtype, optional
        Of the values, `low` and `high`; float32 by default. Sums are always float64.
    """

    def __init__(self, columns: int = 512, dtype: DTypeLike = np.float32) -> None:
        if columns < 2 or columns % 2:
            raise ValueError(f"columns={columns}: give an even number, at least 2")
        self.columns = columns
        self._dtype = np.dtype(dtype)
        self.count = 0
        """Values read so far."""
        self.stride = 1
        """Values in a full column; a power of two."""
        self.first_bad = 0
        """Number (from 1) of the first value that is NaN or infinite; 0 where there is none."""
        # Slots not yet used hold the neutral element of their operation, so that merging and
        # filling need no special case for a column that is partly full or missing.
        self._low = np.full(self.columns, np.inf, self._dtype)
        self._high = np.full(self.columns, -np.inf, self._dtype)
        self._sum = np.zeros(self.columns)
        self._finite = np.zeros(self.columns, np.int64)
        self._bad = np.zeros(self.columns, np.int64)

    def extend(self, values: ArrayLike) -> None:
        """Append values, (k,), to the series. The cost is O(k), with no Python loop over them."""
        new = np.asarray(values, self._dtype)
        if not len(new):
            return
        while math.ceil((self.count + len(new)) / self.stride) > self.columns:
            self._merge()
        finite = np.isfinite(new)
        bad = ~finite
        if not self.first_bad and bad.any():
            self.first_bad = self.count + int(bad.argmax()) + 1
        first = self.count // self.stride  # the column that is filling, or the next one
        last = (self.count + len(new) - 1) // self.stride
        starts = np.arange(first, last + 1) * self.stride - self.count
        starts[0] = 0
        slots = slice(first, last + 1)
        # `where` is what ufunc.reduceat lacks: put the neutral element in place of bad values.
        lows, highs, terms = new, new, new
        if bad.any():
            lows, highs, terms = (
                np.where(finite, new, np.asarray(neutral, self._dtype))
                for neutral in (np.inf, -np.inf, 0)
            )
        self._low[slots] = np.minimum(self._low[slots], np.minimum.reduceat(lows, starts))
        self._high[slots] = np.maximum(self._high[slots], np.maximum.reduceat(highs, starts))
        self._sum[slots] += np.add.reduceat(terms, starts, dtype=np.float64)
        self._finite[slots] += np.add.reduceat(finite, starts, dtype=np.int64)
        self._bad[slots] += np.add.reduceat(bad, starts, dtype=np.int64)
        self.count += len(new)

    def _merge(self) -> None:
        """Double the stride: each pair of columns becomes one."""
        half = self.columns // 2
        for array, ufunc, neutral in (
            (self._low, np.minimum, np.inf),
            (self._high, np.maximum, -np.inf),
            (self._sum, np.add, 0),
            (self._finite, np.add, 0),
            (self._bad, np.add, 0),
        ):
            array[:half] = ufunc(array[0::2], array[1::2])
            array[half:] = neutral
        self.stride *= 2

    def at_most(self, columns: int) -> Envelope:
        """Return the same series in fewer columns, an even number: as if it had been read so."""
        fewer = copy.deepcopy(self)
        while len(fewer) > columns:
            fewer._merge()  # noqa: SLF001 - of its own kind
        fewer.columns = columns
        for name in ("_low", "_high", "_sum", "_finite", "_bad"):
            setattr(fewer, name, getattr(fewer, name)[:columns])
        return fewer

    def __len__(self) -> int:
        """The columns in use."""
        return math.ceil(self.count / self.stride)

    @property
    def ends(self) -> NDArray[np.int64]:
        """The number of each column's last value, (columns in use,), int64."""
        return np.minimum(np.arange(1, len(self) + 1) * self.stride, self.count)

    @property
    def low(self) -> NDArray[np.floating]:
        """Each column's least finite value, or NaN."""
        return self._or_nan(self._low)

    @property
    def high(self) -> NDArray[np.floating]:
        """Each column's greatest finite value, or NaN."""
        return self._or_nan(self._high)

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of each column's finite values, or NaN; float64."""
        return self._or_nan(self._sum) / np.maximum(self._finite[: len(self)], 1)

    @property
    def bad(self) -> NDArray[np.int64]:
        """How many values of each column are NaN or infinite."""
        return self._bad[: len(self)].copy()

    def _or_nan(self, array: NDArray[np.floating]) -> NDArray[np.floating]:
        used = slice(len(self))
        return np.where(self._finite[used] > 0, array[used], np.asarray(np.nan, array.dtype))


class MeanDecimator:
    """The means of stretches of a growing series whose values have positions of their own.

    It serves the epoch means of a run: `ends` are the updates at which epochs ended. Column
    ``i`` stands at the position of its last value.

    Parameters
    ----------
    columns : int
        As for `Envelope`.
    """

    def __init__(self, columns: int = 512) -> None:
        self._values = Envelope(columns, np.float64)
        self._ends = Envelope(columns, np.float64)  # ends ascend, so a column's last is its maximum

    @property
    def count(self) -> int:
        """Values read so far."""
        return self._values.count

    @property
    def stride(self) -> int:
        """Values in a full column; a power of two."""
        return self._values.stride

    def at_most(self, columns: int) -> MeanDecimator:
        """Return the same series in fewer columns, an even number."""
        fewer = MeanDecimator(columns)
        fewer._values = self._values.at_most(columns)
        fewer._ends = self._ends.at_most(columns)
        return fewer

    def extend(self, ends: ArrayLike, values: ArrayLike) -> None:
        """Append values, (k,), at ascending positions `ends`, (k,)."""
        self._ends.extend(ends)
        self._values.extend(values)

    @property
    def ends(self) -> NDArray[np.int64]:
        """The position of each column's last value, (columns in use,), int64."""
        return self._ends.high.astype(np.int64)

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean of each column's finite values, or NaN; float64."""
        return self._values.mean


class Thinned:
    """The losses of a recording in few columns, for whoever draws them: each is read once."""

    def __init__(self) -> None:
        self.batch = Envelope(MOST_COLUMNS)
        """The batch losses."""
        self.epoch = MeanDecimator(MOST_COLUMNS)
        """The means of the epochs that are complete."""
