"""A run as a plain PyTorch script: text that a learner can paste anywhere.

The script needs torch and NumPy only, and prints the batch loss of every update, the same to the
last bit. A run with one set of settings is written in the article's own form, with its DataLoader;
one whose settings were changed on the way, that stops within an epoch, or that has another update
function is written with its batches cut by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linreg_widget.microscope import complete_source, name_of, source_of
from linreg_widget.model import LinearRegression, gradient_update, mse_loss

from .literals import changes_of, literal_of, rows_of, sets_of, without_breaks

if TYPE_CHECKING:
    from linreg_widget.microscope import UpdateFunction
    from linreg_widget.recording import Path, Schedule
    from linreg_widget.table import Table


class Written(NamedTuple):
    """A run that a script is to make."""

    table: Table
    """The rows that are trained on."""
    schedule: Schedule
    """The stretches of constant settings."""
    updates: int
    """How many updates the script is to make."""
    update_function: UpdateFunction
    """One gradient update."""
    by_hand: Path | None = None
    """The w and b that were set by hand, and when."""
    held_out: Table | None = None
    """Rows whose loss the script prints at its end."""
    held_rows: tuple[int, ...] | None = None
    """Which rows of the whole table these are; None: none, or a table of their own."""

    @property
    def edited(self) -> bool:
        """Whether w or b were set by hand."""
        return self.by_hand is not None and len(self.by_hand.updates) > 0


def write_script(run: Written) -> str:
    """Write a run as a script.

    Raises
    ------
    UpdateError
        If the source of the update function cannot be read.
    """
    table, schedule, held_out = run.table, run.schedule, run.held_out
    start = schedule.segments[0].settings
    epochs, batch, _ = schedule.locate(run.updates)
    ours = run.update_function is gradient_update
    plain = ours and len(schedule.segments) == 1 and not batch and not run.edited
    parts = [
        _HEAD.format(name=without_breaks(table.name) or "a table", updates=run.updates),
        _IMPORT_ANNOTATIONS * (not ours) + _IMPORTS + _IMPORT_LOADER * plain,
        rows_of(table),
    ]
    if held_out is not None:
        parts.append(rows_of(held_out, "unseen_"))
    if start.standardize:
        parts.append(_STANDARDIZE + _STANDARDIZE_UNSEEN * (held_out is not None))
    parts.append(_PARAMETERS.format(seed=start.seed, t=table.outputs, d=table.features))
    last = [] if held_out is None else [_UNSEEN]
    if plain:
        loop = _ARTICLE.format(
            size=start.batch_rows, shuffle=start.shuffle, epochs=epochs, rate=start.rate
        )
        return "\n".join([*parts, _MODEL, loop, *last])
    if ours:
        parts += [_MODEL, _UPDATE]
    else:
        lesson = [source_of(LinearRegression), source_of(mse_loss), _OWN_MODEL]
        parts += ["\n" + "\n\n".join([*lesson, *complete_source(run.update_function, _KNOWN)])]
        parts.append(_DRIVEN.format(name=name_of(run.update_function)))
    names = "w, b" if ours else "model.w, model.b"
    parts.append(
        _BY_HAND.format(
            settings=literal_of(start),
            names=names,
            changes=changes_of(schedule),
            updates=run.updates,
            put_function=_PUT.format(names=names) if run.edited else "",
            put="            put_by_hand(done)\n" if run.edited else "",
            put_last="    put_by_hand(done)\n" if run.edited else "",
            sets=sets_of(run.by_hand) if run.edited and run.by_hand is not None else "",
        )
    )
    return "\n".join([*parts, *last])


_KNOWN = ("torch", "np", "LinearRegression", "mse_loss")  # in every script with an own update


_HEAD = """\
# Linear regression from scratch: {name}, {updates} gradient updates, as linreg_widget ran them.
# It prints the batch loss of each update, before its step.
"""

_IMPORT_ANNOTATIONS = """\
from __future__ import annotations

"""

_IMPORTS = """\
import numpy as np
import torch
"""

_IMPORT_LOADER = """\
from torch.utils.data import DataLoader, TensorDataset
"""

_STANDARDIZE = """\
# Scale the features to mean 0 and standard deviation 1 (a constant one to 0).
x = inputs.astype("float64")
mean, std = x.mean(axis=0), x.std(axis=0)
std[(x == x[0]).all(axis=0) | (std == 0)] = 1
inputs = ((x - mean) / std).astype("float32")
"""

_STANDARDIZE_UNSEEN = """\
unseen_inputs = ((unseen_inputs.astype("float64") - mean) / std).astype("float32")
"""

_UNSEEN = """\
with torch.no_grad():
    unseen = mse_loss(model(torch.from_numpy(unseen_inputs)), torch.from_numpy(unseen_targets))
print(f"Rows held out: loss {unseen.item()}")
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
done = 0

for epoch in range({epochs}):
    for x, y in train_loader:
        loss = mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            w -= w.grad * learning_rate
            b -= b.grad * learning_rate
            w.grad.zero_()
            b.grad.zero_()
        done += 1
        print(f"Epoch {{epoch + 1}}: loss {{loss.item()}}")
        if not all(numbers.isfinite().all() for numbers in (loss, w, b)):
            raise SystemExit(f"Diverged at update {{done}}: lower the learning rate.")
"""

_UPDATE = """\
def make_update(x, y, learning_rate):
    loss = mse_loss(model(x), y)
    loss.backward()
    with torch.no_grad():
        for parameter in (w, b):
            parameter -= parameter.grad * learning_rate
            parameter.grad.zero_()
    return loss.item()

"""

_OWN_MODEL = """\
model = LinearRegression(w.detach(), b.detach())
"""

_DRIVEN = """

def make_update(x, y, learning_rate, own={name}):
    phases = own(model, x, y, learning_rate)
    while True:
        try:
            next(phases)
        except StopIteration as end:
            return float(end.value)

"""

_PUT = """\
def put_by_hand(done):
    for parameter, numbers in zip(({names}), by_hand.get(done, ())):
        parameter.detach().copy_(torch.tensor(numbers))


"""

_BY_HAND = """\
{put_function}def train(settings, changes, updates):
    done, epoch, n = 0, 0, len(inputs)
    while done < updates:
        settings = changes.get(done, settings)
        # A DataLoader draws two seeds an epoch: for its workers, and for the order of the rows.
        _, seed = (torch.empty((), dtype=torch.int64).random_().item() for _ in range(2))
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(n, generator=generator) if settings["shuffle"] else torch.arange(n)
        start = 0
        while start < n and done < updates:
{put}            settings = changes.get(done, settings)
            rows = order[start : start + settings["batch_size"]]
            loss = make_update(inputs[rows], targets[rows], settings["learning_rate"])
            print(f"Epoch {{epoch + 1}}: loss {{loss}}")
            start += len(rows)
            done += 1
            if not all(numbers.isfinite().all() for numbers in (torch.tensor(loss), {names})):
                raise SystemExit(f"Diverged at update {{done}}: lower the learning rate.")
        epoch += 1
{put_last}

settings = {settings}
changes = {changes}  # what held from then on, by the number of updates done before
{sets}train(settings, changes, updates={updates})
"""
