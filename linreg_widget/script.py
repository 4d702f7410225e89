"""A run as a plain PyTorch script: text that a learner can paste anywhere.

The script needs torch and NumPy only, and prints the batch loss of every update, the same to the
last bit. A run with one set of settings is written in the article's own form, with its DataLoader;
one whose settings were changed on the way, that stops within an epoch, or that has another update
function is written with its batches cut by hand.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UpdateError
from .model import LinearRegression, gradient_update, mse_loss
from .recording import Segment
from .table import Table

__all__ = ["write_script"]


def write_script(
    table: Table, segments: Sequence[Segment], updates: int, update_function: Callable[..., Any]
) -> str:
    """Write the first ``updates`` updates of a run as a script.

    Parameters
    ----------
    table : Table
    segments : sequence of Segment
        The stretches of constant settings, the first from update 0 on.
    updates : int
        How many updates the script is to make.
    update_function : generator function

    Raises
    ------
    UpdateError
        If the source of the update function cannot be read.
    """
    start = segments[0].settings
    epochs, batch, _ = segments[-1].locate(updates, table.rows)
    plain = len(segments) == 1 and batch == 0 and update_function is gradient_update
    parts = [_HEAD.format(name=table.name or "a table", updates=updates), _data(table)]
    if start.standardize:
        parts.append(_STANDARDIZE)
    parts.append(_PARAMETERS.format(seed=start.seed, t=table.outputs, d=table.features))
    if plain:
        parts.append(_MODEL)
        parts.append(
            _ARTICLE.format(
                size=start.batch_rows, shuffle=start.shuffle, epochs=epochs, rate=start.rate
            )
        )
    else:
        if update_function is gradient_update:
            parts += [_MODEL, _UPDATE]
        else:
            parts.append(_own_update(update_function))
        parts.append(
            _BY_HAND.format(
                settings=_literal(start.rate, start.batch_rows, start.shuffle),
                changes=_changes(segments),
                updates=updates,
            )
        )
    return "\n".join(parts)


def _data(table: Table) -> str:
    return (
        f"# {_comment(table.feature_names)}\n"
        f'inputs = np.array([\n{_rows(table.inputs)}], dtype="float32")\n'
        f"# {_comment(table.target_names)}\n"
        f'targets = np.array([\n{_rows(table.targets)}], dtype="float32")\n'
    )


def _comment(names: Sequence[str]) -> str:
    return ", ".join(" ".join(name.split()) for name in names)


def _rows(values: NDArray[np.float32]) -> str:
    return "".join(f"    [{', '.join(_number(value) for value in row)}],\n" for row in values)


def _number(value: np.float32) -> str:
    """Write a float32 so that reading it as float64 and rounding gives the same bits."""
    short = str(value)
    short = short.removesuffix(".0")
    return short if np.float32(float(short)) == value else repr(float(value))


def _changes(segments: Sequence[Segment]) -> str:
    rows = "".join(
        f"    {segment.update}: {_literal(segment.settings.rate, segment.settings.batch_rows, segment.settings.shuffle)},\n"
        for segment in segments[1:]
    )
    return f"{{\n{rows}}}" if rows else "{}"


def _literal(rate: float, size: int, shuffle: bool) -> str:
    return f"({rate!r}, {size}, {shuffle})"


def _own_update(update_function: Callable[..., Any]) -> str:
    try:
        own = textwrap.dedent(inspect.getsource(update_function))
    except (OSError, TypeError):
        raise UpdateError(
            f"the source of {update_function.__name__} cannot be read, so the script cannot contain it; "
            "define it in a file or in a notebook cell."
        ) from None
    sources = [textwrap.dedent(inspect.getsource(item)) for item in (LinearRegression, mse_loss)]
    return "\n\n".join(
        [
            *sources,
            "# Your own update. Names that it uses from elsewhere have to be added by hand.\n"
            + own,
            _DRAIN.format(name=update_function.__name__),
        ]
    )


_HEAD = """\
# Linear regression from scratch: {name}, {updates} gradient updates, as linreg_widget ran them.
# It prints the batch loss of each update, before its step.
from __future__ import annotations

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset
"""

_STANDARDIZE = """\
# Scale the features to mean 0 and standard deviation 1 (a constant one to 0).
x = inputs.astype("float64")
mean, std = x.mean(axis=0), x.std(axis=0)
std[(x == x[0]).all(axis=0) | (std == 0)] = 1
inputs = ((x - mean) / std).astype("float32")
"""

_PARAMETERS = """\
inputs = torch.from_numpy(inputs)
targets = torch.from_numpy(targets)

torch.manual_seed({seed})
w = torch.randn({t}, {d}, requires_grad=True)
b = torch.randn({t}, requires_grad=True)
"""

_MODEL = """
def model(x):
    return x @ w.t() + b


def mse_loss(predictions, targets):
    difference = predictions - targets
    return torch.sum(difference * difference) / difference.numel()

"""

_ARTICLE = """\
dataset = TensorDataset(inputs, targets)
train_loader = DataLoader(dataset, batch_size={size}, shuffle={shuffle})
learning_rate = {rate!r}

for epoch in range({epochs}):
    for x, y in train_loader:
        loss = mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            w -= w.grad * learning_rate
            b -= b.grad * learning_rate
            w.grad.zero_()
            b.grad.zero_()
        print(f"Epoch {{epoch + 1}}: loss {{loss.item()}}")
"""

_UPDATE = """\
def update(x, y, learning_rate):
    loss = mse_loss(model(x), y)
    loss.backward()
    with torch.no_grad():
        for parameter in (w, b):
            parameter -= parameter.grad * learning_rate
            parameter.grad.zero_()
    return loss.item()

"""

_DRAIN = """\
model = LinearRegression(w.detach(), b.detach())


def update(x, y, learning_rate):
    phases = {name}(model, x, y, learning_rate)
    try:
        while True:
            next(phases)
    except StopIteration as end:
        return float(end.value)

"""

_BY_HAND = """\
learning_rate, batch_size, shuffle = {settings}
changes = {changes}  # updates done before: learning rate, batch size, shuffle

done, epoch, n = 0, 0, len(inputs)
while done < {updates}:
    learning_rate, batch_size, shuffle = changes.get(done, (learning_rate, batch_size, shuffle))
    seeds = [torch.empty((), dtype=torch.int64).random_().item() for _ in range(2)]  # as DataLoader draws
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seeds[1])) if shuffle else torch.arange(n)
    start = 0
    while start < n and done < {updates}:
        learning_rate, batch_size, shuffle = changes.get(done, (learning_rate, batch_size, shuffle))
        rows = order[start : start + batch_size]
        loss = update(inputs[rows], targets[rows], learning_rate)
        print(f"Epoch {{epoch + 1}}: loss {{loss}}")
        start += batch_size
        done += 1
    epoch += 1
"""
