"""A run as a plain PyTorch script for several processes, or machines, that torchrun starts.

Each process takes its share of every batch: every p-th row of it, for p processes, perhaps none.
The loss of a share is the sum of its squared errors divided by the size of the *whole* batch. So
the losses and gradients of all shares add up to the batch's, however many rows each share has;
``add_up`` in the script adds them. Then every process makes the same step. With one process, every
operation is that of the one-process script, so the result has the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linreg_widget.errors import UpdateError
from linreg_widget.messages import say
from linreg_widget.microscope import name_of
from linreg_widget.model import gradient_update

from .literals import changes_of, literal_of, rows_of, sets_of, without_breaks
from .rowfiles import file_of

if TYPE_CHECKING:
    from .rowfiles import RowFile
    from .script import Written

FORMAT = "linreg_widget run 1"
"""The format that a file written by the script states."""
NAMES = ("feature_names", "target_names", "feature_units", "target_units", "row_names", "name")
"""What such a file says about the table."""

_CHECKPOINTS = 50  # in a run, unless --every says otherwise


def write_shared(run: Written, rows: object = None) -> str:
    """Write a run as a script for torchrun.

    Parameters
    ----------
    run : Written
    rows : path, or pair of paths, optional
        The ``.npy`` files that the script is to read its rows from.

    Raises
    ------
    UpdateError
        If the run has an update function of the user's own.
    SettingsError
        If a file cannot be read, or holds other numbers.
    """
    if run.update_function is not gradient_update:
        raise UpdateError(say("scripts.own_update", name=name_of(run.update_function)))
    table, start, file = run.table, run.schedule.segments[0].settings, file_of(run, rows)
    n, d, t = table.rows, table.features, table.outputs
    split = file is not None and file.held is not None
    last = run.schedule.locate(run.updates)
    epochs = last.epoch + (last.batch > 0)

    def at(name: str, index: str) -> str:
        """Return the source of some of the rows, as float32."""
        some = f"{name}.index_select(0, {index})"
        if file is not None and (d if name == "inputs" else t) == 1:
            # Single numbers take torch a fifth of the time of rows.
            some = f"{name}[:, 0].index_select(0, {index})[:, None]"
        return some if file is None or file.plain else f"{some}.float()"

    def seen(name: str) -> str:
        """Return the source of some features, as the model sees them."""
        return f"scaled({name})" if start.standardize else name

    mine, row, first = ("mine", "rows", "torch.tensor([0])")
    if split:
        mine, row, first = "kept[mine]", "kept[rows]", "kept[:1]"
    parts = [
        _HEAD.format(name=without_breaks(table.name) or "a table", updates=run.updates),
        _IMPORTS,
        _OPTIONS.format(every=max(1, -(-epochs // _CHECKPOINTS))),
        _PROCESSES,
        rows_of(table) + _AS_TENSORS if file is None else file.opened(start.seed),
    ]
    unseen_x, unseen_y = at("inputs", "held_out[mine]"), at("targets", "held_out[mine]")
    if run.held_out is not None and not split:
        parts.append(rows_of(run.held_out, "unseen_") + _UNSEEN_AS_TENSORS)
        unseen_x, unseen_y = "unseen_inputs[mine]", "unseen_targets[mine]"
    parts.append(_SHARES)
    if start.standardize:
        parts.append(
            _STANDARDIZE.format(
                rows=at("inputs", row),
                first=at("inputs", first),
                n=n,
                d=d,
                # NumPy adds rows up one after the other, but a single column in pairs.
                some="65_536" if d > 1 else n,
                sums=_ADD[d > 1].format(sums="sums", more="x"),
                squares=_ADD[d > 1].format(sums="squares", more="(x - mean) ** 2"),
            )
        )
    parts += [
        _PARAMETERS.format(seed=start.seed, t=t, d=d),
        _UPDATE.format(x=seen(at("inputs", mine)), y=at("targets", mine)),
        _PUT * run.edited,
        _FILE.format(saved=_saved(run, file)),
        _TRAIN.format(
            n=n,
            put="            put_by_hand(done)\n" * run.edited,
            put_last="        if done == updates:\n            put_by_hand(done)\n" * run.edited,
        ),
        f"settings = {literal_of(start)}\n"
        f"changes = {changes_of(run.schedule)}"
        "  # what held from then on, by the number of updates done before\n"
        + (sets_of(run.by_hand) if run.edited and run.by_hand is not None else "by_hand = {}\n")
        + _about(run, file),
        _BEGIN.format(updates=run.updates),
    ]
    if run.held_out is not None:
        size = run.held_out.rows * t
        parts.append(_UNSEEN.format(x=seen(unseen_x), y=unseen_y, m=run.held_out.rows, size=size))
    return "\n".join(part for part in [*parts, _END] if part)


def _about(run: Written, file: RowFile | None) -> str:
    """Return the source of what the script's file says about the run."""
    start = run.schedule.segments[0].settings
    about: dict[str, Any] = {
        "format": FORMAT,
        "seed": start.seed,
        "standardize": start.standardize,
        "epochs": start.epochs,
        "updates": run.updates,
        "rows": run.table.rows,
        "files": None if file is None else [[*file.inputs], [*file.targets]],
        "held": None if file is None else file.held,
        **{name: getattr(run.table, name) for name in NAMES},
        "unseen_row_names": () if run.held_out is None else run.held_out.row_names,
    }
    plain = {name: [*one] if isinstance(one, tuple) else one for name, one in about.items()}
    lines = "".join(f"    {name!a}: {value!a},\n" for name, value in plain.items())
    return f"about = {{  # told to Trainer.from_run\n{lines}}}\n"


def _saved(run: Written, file: RowFile | None) -> str:
    """Return the arguments with which the script writes its rows to its file."""
    names = ["inputs", "targets"] if file is None else []
    if run.held_out is not None and (file is None or file.held is None):
        names += ["unseen_inputs", "unseen_targets"]
    return "".join(f"                {name}={name}.numpy(),\n" for name in names)


_HEAD = """\
# Linear regression from scratch: {name}, {updates} gradient updates, shared by several processes.
#
#     torchrun --standalone --nproc-per-node=4 run.py
#
# or, on each of two machines, one of which is HOST:
#
#     torchrun --nnodes=2 --nproc-per-node=4 --rdzv-backend=c10d --rdzv-endpoint=HOST:29500 run.py
#
# Each process takes its share of every batch. The first one prints the batch loss of each update,
# before its step, and writes run.npz, which linreg_widget opens: Trainer.from_run("run.npz").
# It writes over no other run. If the run diverges, all stop there, and the exit code is 1.
"""

_IMPORTS = """\
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import torch.distributed as dist
"""

_AS_TENSORS = """\
inputs, targets = torch.from_numpy(inputs), torch.from_numpy(targets)
"""

_UNSEEN_AS_TENSORS = """\
unseen_inputs = torch.from_numpy(unseen_inputs)
unseen_targets = torch.from_numpy(unseen_targets)
"""

_OPTIONS = """\
parser = argparse.ArgumentParser()
parser.add_argument("--file", default="run.npz", help="what to write, and to resume from")
parser.add_argument("--every", type=int, default={every}, help="epochs between checkpoints")
parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
options = parser.parse_args()
if options.every < 1:
    parser.error(f"--every is {{options.every}}; it must be 1 epoch or more")
"""

_PROCESSES = """\
if "RANK" not in os.environ:
    sys.exit(f"Start it by torchrun: torchrun --standalone --nproc-per-node=4 {sys.argv[0]}")
on_gpus = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if on_gpus else torch.device("cpu")
if on_gpus:
    torch.cuda.set_device(device)
dist.init_process_group("nccl" if on_gpus else "gloo")
rank, processes = dist.get_rank(), dist.get_world_size()


def report(why):
    if path := os.environ.get("TORCHELASTIC_ERROR_FILE"):  # torchrun ends its own report with it
        with open(path, "w") as file:
            json.dump({"message": why, "timestamp": int(time.time())}, file)


def end(why):
    report(why)
    sys.exit(why)


def tell(kind, error, trace):
    if kind is KeyboardInterrupt:
        why = "was stopped: --resume goes on from the last checkpoint."
        print(f"Process {rank} of {processes} {why}", file=sys.stderr, flush=True)
        return
    sys.__excepthook__(kind, error, trace)
    why = f"Process {rank} of {processes} failed: {str(error) or kind.__name__}"
    print(why, file=sys.stderr, flush=True)
    report(why)


sys.excepthook = tell
"""

_SHARES = """\

def share(rows):
    # Of five rows and two processes: three and two. Of one row: one and none.
    return rows.tensor_split(processes)[rank]


def add_up(numbers):
    try:
        dist.all_reduce(numbers)  # the sum over all processes, in each of them
    except RuntimeError:
        time.sleep(20)  # another process is gone: torchrun says which one, and ends all others
        raise
    return numbers

"""

_ADD = ("{sums} += ({more}).sum(axis=0)", "{sums} = np.vstack([{sums}, {more}]).sum(axis=0)")

_STANDARDIZE = """\
# Scale the features to mean 0 and standard deviation 1 (a constant one to 0). Each process goes
# through its share of the rows twice: for the means, then for the deviations from them.
sums, squares, varied = np.zeros({d}), np.zeros({d}), np.zeros({d})
for rows in share(torch.arange({n})).split({some}):
    x = {rows}.numpy().astype("float64")
    {sums}
mean = add_up(torch.from_numpy(sums).to(device)).cpu().numpy() / {n}
first = {first}.numpy()
for rows in share(torch.arange({n})).split({some}):
    x = {rows}.numpy().astype("float64")
    {squares}
    varied += (x != first).any(axis=0)
both = add_up(torch.from_numpy(np.stack([squares, varied])).to(device)).cpu().numpy()
std = np.sqrt(both[0] / {n})
std[(both[1] == 0) | (std == 0)] = 1
mean, std = torch.from_numpy(mean), torch.from_numpy(std)


def scaled(x):
    return ((x.double() - mean) / std).float()

"""

_PARAMETERS = """\
torch.manual_seed({seed})  # in each process: they begin alike, and shuffle alike
w = torch.randn({t}, {d}).to(device).requires_grad_()
b = torch.randn({t}).to(device).requires_grad_()


def model(x):
    return x @ w.t() + b

"""

_UPDATE = """\
def make_update(rows, learning_rate):
    mine = share(rows)
    x = {x}.to(device)
    y = {y}.to(device)
    difference = model(x) - y
    # Divided by the size of the whole batch: so the losses of the shares, and with them their
    # gradients, add up to those of the batch, whatever number of rows each share has.
    loss = torch.sum(difference * difference) / (len(rows) * y.shape[1])
    loss.backward()
    with torch.no_grad():
        # What torch.nn.parallel.DistributedDataParallel does for a module, here by hand.
        numbers = add_up(torch.cat([w.grad.flatten(), b.grad, loss.view(1)]))
        w.grad.copy_(numbers[: w.numel()].view_as(w))
        b.grad.copy_(numbers[w.numel() : -1])
        for parameter in (w, b):
            parameter -= parameter.grad * learning_rate
            parameter.grad.zero_()
    return numbers[-1].item()

"""

_PUT = """\
def put_by_hand(done):
    for parameter, numbers in zip((w, b), by_hand.get(done, ())):
        parameter.detach().copy_(torch.tensor(numbers))

"""

_FILE = """\
losses, checkpoints = [], {{}}  # losses, and w and b by the number of updates done before
path = os.path.realpath(options.file)  # where a link leads to
no_file = os.path.exists(path) and not os.path.isfile(path)
if rank == 0 and (no_file or not os.access(os.path.dirname(path), os.W_OK)):
    end(f"{{options.file}} cannot be written: give a --file in a folder that takes files.")


def whole_run():
    return {{**about, "settings": settings, "changes": changes, "sets": by_hand}}


def some_rows():
    # Of any table enough rows to notice when it has become another one; of a small one all.
    some = torch.linspace(0, len(inputs) - 1, min(len(inputs), 1000), dtype=torch.float64).long()
    return torch.cat([inputs[some].double(), targets[some].double()], dim=1).numpy()


def save(epoch, row, diverged):
    if rank > 0:
        return
    checkpoints[len(losses)] = [parameter.detach().cpu().numpy().copy() for parameter in (w, b)]
    if os.path.exists(path) and len(earlier()[0]) > len(losses):
        return  # it has more of this run
    part = f"{{path}}.{{os.getpid()}}.part"  # so that the file itself is always whole
    try:
        with open(part, "wb") as file:
            np.savez(
                file,
                about=json.dumps(whole_run()),
                processes=processes,
                epoch=epoch,
                row=row,
                diverged=diverged,
                losses=np.array(losses, "float32"),
                checkpoints=np.array([*checkpoints]),
                w=np.stack([w for w, b in checkpoints.values()]),
                b=np.stack([b for w, b in checkpoints.values()]),
                some_rows=some_rows(),
{saved}            )
        os.replace(part, path)
    except OSError as error:
        why = f"cannot be written ({{error}}); what it held before is still there."
        end(f"{{options.file}} {{why}}")
    finally:
        if os.path.exists(part):
            os.remove(part)


def of_this_run(about, done):
    # It may have been planned for another number of updates, and later changes may be new.
    here = json.loads(json.dumps(whole_run()))
    for name in ("changes", "sets"):
        old = about[name]
        here[name] = {{at: one for at, one in here[name].items() if at in old or int(at) < done}}
    return {{**about, "epochs": 0, "updates": 0}} == {{**here, "epochs": 0, "updates": 0}}


def earlier():
    # What another start wrote into the file, which must be of this very run.
    try:
        with np.load(path, allow_pickle=False) as file:
            same_rows = np.array_equal(file["some_rows"], some_rows())
            epoch, row, diverged = (int(file[name]) for name in ("epoch", "row", "diverged"))
            recorded = file["losses"].tolist()
            same = of_this_run(json.loads(str(file["about"])), len(recorded))
            kept = [*zip(file["checkpoints"].tolist(), file["w"], file["b"])]
        there = kept[-1][1:]
        if len(recorded) != kept[-1][0] or any(
            one.shape != parameter.shape for parameter, one in zip((w, b), there)
        ):
            raise ValueError  # it is cut short
        if not diverged and not all(np.isfinite(one).all() for one in there):
            raise ValueError  # though the losses are finite
    except Exception:  # it is cut off, empty or something else
        end(f"{{options.file}} holds no whole run: give another --file, or move it away.")
    if not same:
        end(f"{{options.file}} is of another run: give another --file, or move it away.")
    if not same_rows:
        end(f"{{options.file}} is of other rows: give another --file, or move it away.")
    more = len(recorded) - about["updates"]
    if more > 0:
        end(f"{{options.file}} ends {{more}} updates after this run: give another --file.")
    return recorded, kept, epoch, row, diverged


def begin():
    # The first process reads the file, and tells the others: they may be on other machines.
    place = torch.zeros(2 + w.numel() + b.numel(), dtype=torch.float64)
    if rank == 0 and os.path.exists(path):
        recorded, kept, epoch, row, diverged = earlier()
        left = about["updates"] - len(recorded)
        if not options.resume:
            if recorded:
                has = f"{{options.file}} has this run up to update {{len(recorded)}}"
                why = "and keeps that until it is made again; --resume goes on from there."
                print(f"{{has}}, {{why}}", file=sys.stderr)
        elif diverged:
            why = f"Diverged at update {{len(recorded)}}: lower the learning rate"
            end(f"{{options.file}}: {{why}}, and give another --file.")
        elif left and row:
            end(f"{{options.file}} ends within an epoch: only that same run can be resumed.")
        else:
            if not left:
                why = "has the whole run: nothing is left to do."
                print(f"{{options.file}} {{why}}", file=sys.stderr)
            losses.extend(recorded)
            checkpoints.update((done, there) for done, *there in kept)
            numbers = [np.array([len(recorded), epoch]), *map(np.ravel, kept[-1][1:])]
            place = torch.from_numpy(np.concatenate(numbers).astype("float64"))
    elif rank == 0 and options.resume:
        print(f"{{options.file}} is not there: the run begins at its start.", file=sys.stderr)
    done, epoch, *numbers = add_up(place.to(device)).split([1, 1, w.numel(), b.numel()])
    if done > 0:
        for parameter, there in zip((w, b), numbers):
            parameter.detach().copy_(there.view_as(parameter))
    return int(done), int(epoch)

"""

_TRAIN = """\
def seed_of_an_epoch():
    # A DataLoader draws two seeds an epoch: for its workers, and for the order of the rows.
    _, seed = (torch.empty((), dtype=torch.int64).random_().item() for _ in range(2))
    return seed


def train(settings, updates):
    done, epoch = begin()
    n, diverged = {n}, False
    for _ in range(epoch):
        seed_of_an_epoch()
    if not done:
        save(0, 0, diverged)
    for update in changes:
        settings = changes[update] if update <= done else settings
    while done < updates and not diverged:
        settings = changes.get(done, settings)
        generator = torch.Generator().manual_seed(seed_of_an_epoch())
        order = torch.randperm(n, generator=generator) if settings["shuffle"] else torch.arange(n)
        start = 0
        while start < n and done < updates and not diverged:
{put}            settings = changes.get(done, settings)
            rows = order[start : start + settings["batch_size"]]
            losses.append(make_update(rows, settings["learning_rate"]))
            if rank == 0:
                print(f"Epoch {{epoch + 1}}: loss {{losses[-1]}}", flush=True)
            numbers = (torch.tensor(losses[-1]), w, b)
            diverged = not all(one.isfinite().all() for one in numbers)
            start += len(rows)
            done += 1
        epoch += start == n
{put_last}        if (start == n and epoch % options.every == 0) or done == updates or diverged:
            save(epoch, start % n, diverged)
    if diverged:
        dist.destroy_process_group()
        why = f"Diverged at update {{done}}: lower the learning rate, and give another --file."
        if rank == 0:
            end(why)
        sys.exit()  # without an error, at which torchrun would end the first process as it saves

"""

_BEGIN = """\
train(settings, updates={updates})
"""

_UNSEEN = """\
with torch.no_grad():
    mine = share(torch.arange({m}))
    x = {x}.to(device)
    y = {y}.to(device)
    difference = model(x) - y
    unseen = add_up(torch.sum(difference * difference) / {size})
if rank == 0:
    print(f"Rows held out: loss {{unseen.item()}}")
"""

_END = """\
dist.destroy_process_group()
"""
