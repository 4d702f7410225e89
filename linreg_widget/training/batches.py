"""The table's rows as tensors: scaled, in the order of each epoch, and cut into batches.

A batch is a pair of fresh tensors, as from a DataLoader: an update may change them, and they begin
at a multiple of 64 bytes, as every tensor of torch does. That matters for the last bits: at other
addresses, torch's matrix products add in a different order. So a batch is never a view of rows that
something else reads. A large table is not copied here: batches are gathered from the table's own
rows, in memory or in a file.

The random numbers of a run are drawn as the article's script draws them (``Sampling``).
After ``torch.manual_seed(seed)`` that script calls ``randn(t, d)``, ``randn(t)``, and then, at the
start of each epoch, its ``DataLoader(shuffle=True)`` takes two int64 from the same generator: a
base seed for worker processes, which nobody uses here, and the seed of the sampler's own generator,
whose ``randperm(n)`` is the order of the rows (``torch/utils/data/dataloader.py``, ``sampler.py``).
Here the generator is private, so other random numbers in a notebook do not disturb a run, and
neither do torch's defaults for new tensors.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from linreg_widget.insight import scaling
from linreg_widget.model import mse_loss
from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression
    from linreg_widget.recording import Schedule
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

    from .ahead import Ahead

Batch = tuple[torch.Tensor, torch.Tensor]
"""x (rows, d) and y (rows, t)."""

_MOST = 128  # batches cut at a time: a call to torch costs little in each, and few are left unused
_BYTES = 2**22  # of rows gathered at a time, unless a single batch is larger
_LARGE = 2**13  # bytes of a batch that is gathered by itself
_MANY = 2**16  # rows
_SCALED = 65_536  # rows scaled at a time
_PREDICTED = 16_384  # of many rows: what is made of them on the way stays in a processor's cache
_KNOWN = 64  # losses over all rows that are remembered
_ROWS = 256  # rows ordered at a time where several epochs fit into them
_CPU = torch.device("cpu")
_AT_A_TIME = 65_536  # epochs whose seeds are drawn at once
_MANY_NUMBERS = 1_000_000  # a table of more numbers is dear to evaluate


class Sampling:
    """The initial parameters and the order of the rows in every epoch, for one seed.

    Parameters
    ----------
    seed : int
    targets, features : int
        The shape (t, d) of w.
    """

    def __init__(self, seed: int, targets: int, features: int) -> None:
        self._seed = seed
        self._shape = (targets, features)
        self._sampler = torch.Generator()
        self._seeds = array("q")  # one for each epoch, 8 bytes each
        _, self.w, self.b = self._start()

    def order(self, epoch: int, rows: int) -> torch.Tensor:
        """Return the order of the rows in an epoch (counted from 0), (rows,); int32, if many."""
        if epoch >= len(self._seeds):
            self._draw_seeds(max(64, 2 * epoch))
        self._sampler.manual_seed(self._seeds[epoch])
        return torch.randperm(rows, generator=self._sampler, dtype=_kind(rows), device=_CPU)

    def _draw_seeds(self, epochs: int) -> None:
        """Draw from the beginning: an interrupt could leave a kept generator in between."""
        generator, _, _ = self._start()
        seeds = array("q")
        while len(seeds) < epochs:
            pairs = torch.empty(min(epochs, _AT_A_TIME), 2, dtype=torch.int64, device=_CPU)
            pairs.random_(generator=generator)
            seeds.frombytes(pairs[:, 1].contiguous().numpy().tobytes())
        self._seeds = seeds

    def _start(self) -> tuple[torch.Generator, torch.Tensor, torch.Tensor]:
        """Return the generator as it is after w (t, d) and b (t,) were drawn, and these two."""
        generator = torch.Generator().manual_seed(self._seed)
        t, d = self._shape
        w = torch.randn(t, d, generator=generator, dtype=torch.float32, device=_CPU)
        b = torch.randn(t, generator=generator, dtype=torch.float32, device=_CPU)
        return generator, w, b


class Coefficients(NamedTuple):
    """What a run has learned, in one system of units."""

    w: NDArray[np.float64]
    """Weights, shape (t, d)."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""


class _Order(NamedTuple):
    """The order of the rows in some epochs."""

    first: int
    """The first of the epochs."""
    shuffle: bool
    """Whether the rows are shuffled."""
    rows: torch.Tensor
    """The table's rows, one epoch after the other, (epochs * n,)."""


class Batches:
    """The batches of every update of a run.

    Parameters
    ----------
    table : Table
    settings : Settings
        Of which ``seed`` and ``standardize`` hold for the whole run.
    """

    @quietly
    def __init__(self, table: Table, settings: Settings) -> None:
        self.sampling = Sampling(settings.seed, table.outputs, table.features)
        """The run's random numbers."""
        self.scale = scaling(table) if settings.standardize else None
        """Means and standard deviations of the features, if they are scaled."""
        self.inputs = self.seen(table.inputs)
        """All features as the model sees them, float32, (n, d); not to be changed."""
        self.targets = lent(table.targets)
        """All targets, float32, (n, t); not to be changed."""
        self._row_bytes = self.inputs[0].nbytes + self.targets[0].nbytes
        self._losses: dict[tuple[bytes, bytes], float] = {}
        self._latest: _Order | None = None
        self._ahead: Ahead | None = None

    @quietly
    def seen(self, inputs: NDArray[np.float32]) -> torch.Tensor:
        """Return a table's features as the model sees them: its own, unless they are scaled."""
        if self.scale is None:
            return lent(inputs)
        seen = torch.empty(inputs.shape, dtype=torch.float32, device="cpu")
        for start in range(0, len(inputs), _SCALED):  # so that no more is copied than need be
            seen[start : start + _SCALED] = self.scaled(inputs[start : start + _SCALED])
        return seen

    @quietly
    def scaled(self, inputs: NDArray[np.float32]) -> torch.Tensor:
        """Return features as the model sees them, float32, of the same shape."""
        if self.scale is not None:
            inputs = self.scale.of(inputs).astype(np.float32)
        # A copy, in rows: the same numbers give the same bits, wherever they came from.
        return torch.tensor(np.ascontiguousarray(inputs), device="cpu")

    def coefficients(self, model: LinearRegression, *, scaled: bool) -> Coefficients:
        """Return copies of a model's w and b, in the table's units unless ``scaled``."""
        w, b = (one.detach().double().numpy().copy() for one in (model.w, model.b))
        if self.scale is None or scaled:
            return Coefficients(w, b)
        return Coefficients(*self.scale.unscaled(w, b))

    def loss(self, w: torch.Tensor, b: torch.Tensor) -> float:
        """Return the loss over all rows for weights (t, d) and biases (t,) of the model."""
        key = w.detach().numpy().tobytes(), b.detach().numpy().tobytes()
        if key not in self._losses:
            if len(self._losses) == _KNOWN:
                self._losses.clear()
            self._losses[key] = loss_over(self.inputs, self.targets, w, b)
        return self._losses[key]

    def cut(self, schedule: Schedule, update: int, stop: int) -> list[Batch]:
        """Return the batches x (rows, d), y (rows, t) of the next updates after ``update`` updates.

        All belong to one stretch of settings. There is at least one, and none beyond ``stop``
        updates; for the rest, cut again. Nobody else holds these tensors: cutting again makes new
        ones of the same rows.
        """
        segment, place, n = schedule.at(update), schedule.locate(update), len(self.inputs)
        size = min(segment.settings.batch_rows, n)
        most = min(
            min(stop, schedule.next_change(update) or stop) - update,
            max(1, min(_MOST, _BYTES // (size * self._row_bytes))),
        )
        order = self._order(schedule, update)
        start = (place.epoch - order.first) * n + place.row
        sizes = _sizes(n - place.row, size, most)
        if place.epoch != segment.place.epoch:  # else the epochs after it may be shuffled otherwise
            later = len(order.rows) // n - 1 - (place.epoch - order.first)
            sizes += _sizes(n, size, most) * later
        sizes = sizes[:most]
        if size * self._row_bytes >= _LARGE:
            return self._large(order.rows, start, sizes, stop - update - len(sizes))
        rows = order.rows[start : start + sum(sizes)]
        if len(sizes) == 1:
            return self._each([rows])
        x, y = self.inputs, self.targets
        # Gathered in one call and copied apart in one: twice as quick as a call for each batch.
        return _apart(x.index_select(0, rows), y.index_select(0, rows), sizes)

    def _large(self, order: torch.Tensor, start: int, sizes: list[int], more: int) -> list[Batch]:
        """Return large batches; the epoch's next ones are gathered if ``more`` updates follow."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (found := ahead.found(order, start, sizes)) is not None:
            x, y = found
            batches = _apart(x, y, ahead.sizes)[: len(sizes)]
        else:
            batches = self._each(order[start : start + sum(sizes)].split(sizes))
        start += sum(len(x) for x, _ in batches)
        if more > 0 and start < len(order) == len(self.inputs):
            from .ahead import Ahead  # only for large tables

            size, most = sizes[0], min(len(sizes), more)
            sizes = _sizes(len(order) - start, size, most)[:most]
            ahead = Ahead(self.inputs, self.targets, order, start, sizes)
            self._ahead = ahead if ahead.begin() else None
        return batches

    def _each(self, rows: Iterable[torch.Tensor]) -> list[Batch]:
        x, y = self.inputs, self.targets
        if y.shape[1] > 1:
            return [(x.index_select(0, some), y.index_select(0, some)) for some in rows]
        y = y[:, 0]  # single numbers take torch a fifth of the time of rows
        return [(x.index_select(0, some), y.index_select(0, some)[:, None].data) for some in rows]

    def rows(self, schedule: Schedule, update: int) -> NDArray[np.int64]:
        """Return which of the table's rows are in the batch of the next update, shape (rows,)."""
        place, n = schedule.locate(update), len(self.inputs)
        end = min(place.row + schedule.at(update).settings.batch_rows, n)
        first, _, order = self._order(schedule, update)
        start = (place.epoch - first) * n
        return order[start + place.row : start + end].long().numpy()

    def _order(self, schedule: Schedule, update: int) -> _Order:
        """Return the order of the rows in some epochs, that of the next update among them.

        Small tables are ordered for several epochs at once, because what torch spends on a call it
        then spends only once. Of a large one no more is copied for an epoch than its order.
        """
        place, n = schedule.locate(update), len(self.inputs)
        shuffle = schedule.at(update - place.batch).settings.shuffle  # as the epoch began
        together = max(1, _ROWS // n)
        first = place.epoch - place.epoch % together
        latest = self._latest
        if latest is None or (latest.first, latest.shuffle) != (first, shuffle):
            # An order of many rows goes before the next one comes.
            self._latest = self._ahead = latest = None
            orders = [
                self.sampling.order(first + k, n)
                if shuffle
                else torch.arange(n, dtype=_kind(n), device="cpu")
                for k in range(together)
            ]
            joined = orders[0] if together == 1 else torch.cat(orders)
            self._latest = latest = _Order(first, shuffle, joined)
        return latest


def is_large(*tables: Table | None) -> bool:
    """Tell whether tables have so many numbers that a loss over all of their rows takes long."""
    numbers = (one.rows * (one.features + one.outputs) for one in tables if one is not None)
    return sum(numbers) > _MANY_NUMBERS


def _apart(x: torch.Tensor, y: torch.Tensor, sizes: list[int]) -> list[Batch]:
    """Copy rows apart into batches; a single one is there already."""
    if len(sizes) == 1:
        return [(x, y)]
    apart: Any = torch.split_with_sizes_copy  # which torch's own types leave out
    return list(zip(apart(x, sizes), apart(y, sizes), strict=True))


def _kind(rows: int) -> torch.dtype:
    """Return the type of rows' numbers; the order is the same, and many take half the room."""
    return torch.int32 if _MANY <= rows < 2**31 else torch.int64


def lent(numbers: NDArray[np.float32]) -> torch.Tensor:
    """Return a table's numbers as a tensor that nobody changes: a copy only of a few.

    Torch warns of arrays that cannot be written to, since it has no such tensors. A few, which do
    not begin where torch's tensors do, are copied, so that the same numbers give the same bits.
    """
    mapped = isinstance(numbers, np.memmap)
    if not mapped and numbers.ctypes.data % 64:
        return torch.tensor(np.ascontiguousarray(numbers), device="cpu")
    return torch.from_numpy(np.asarray(_Writable(numbers)))


@quietly
def loss_over(
    inputs: torch.Tensor, targets: torch.Tensor, w: torch.Tensor, b: torch.Tensor
) -> float:
    """Return the loss of weights (t, d) and biases (t,) over rows (n, d) and (n, t).

    Many rows are added up block by block, in 64 bits: nothing of their size is made.
    """
    with torch.no_grad():
        if len(inputs) <= _MANY:
            return float(mse_loss(inputs @ w.t() + b, targets))
        blocks = zip(inputs.split(_PREDICTED), targets.split(_PREDICTED), strict=True)
        return sum(float(mse_loss(x @ w.t() + b, y)) * len(x) for x, y in blocks) / len(inputs)


class _Writable:
    """The same memory, said to be writable; it keeps the memory from being freed."""

    def __init__(self, numbers: NDArray[np.float32]) -> None:
        interface = dict(numbers.__array_interface__)
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}
        self.numbers = numbers


def _sizes(rows: int, size: int, most: int) -> list[int]:
    """Return the sizes of the first batches that so many rows are cut into."""
    batches, rest = divmod(rows, size)
    return [size] * min(batches, most) + [rest] * (rest > 0)
