"""The same bits as a DataLoader's loop, for every table and on every processor.

Torch's matrix products add in an order that depends on the processor, on the number of threads, and
on the place in memory at which a batch begins. So the search over tables is made in this process,
and again in processes of other capabilities and threads.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget.model import gradient_update
from linreg_widget.recording.schedule import Schedule
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table
from linreg_widget.training.batches import Batches
from linreg_widget.training.trainer import Trainer
from tests.lanes import at_length
from tests.training.oracle import Held, Naive, article, own_loop, same_model, state_of
from tests.training.test_script import printed_losses, run_scripts
from tests.training.updates import CHANGING, adam, detaches, momentum, rebinds

RATE = 1e-3
plenty = settings(deadline=None)
some = settings(max_examples=max(5, settings().max_examples // 3), deadline=None)


class Run(NamedTuple):
    """A table of random numbers, and how to learn from it."""

    rows: int
    features: int
    targets: int
    batch_size: int
    shuffle: bool
    standardize: bool
    seed: int

    @property
    def table(self) -> Table:
        numbers = np.random.default_rng(self.seed)
        return Table.of(
            (
                numbers.normal(size=(self.rows, self.features)),
                numbers.normal(size=(self.rows, self.targets)),
            )
        )

    @property
    def how(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "standardize": self.standardize,
            "epochs": 2,
        }

    def trainer(self, function: Any = gradient_update) -> Trainer:
        return Trainer(self.table, update=function, learning_rate=RATE, **self.how)


RUNS = st.builds(
    Run,
    rows=st.integers(1, 300),
    features=st.integers(1, 40),
    targets=st.integers(1, 6),
    batch_size=st.integers(1, 70),
    shuffle=st.booleans(),
    standardize=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)

TRIED = (  # begun anywhere, their batches gave other bits on one processor or another
    Run(101, 7, 1, 7, shuffle=True, standardize=False, seed=0),
    Run(37, 7, 1, 5, shuffle=True, standardize=False, seed=37),
    Run(300, 13, 5, 7, shuffle=True, standardize=True, seed=300),
    Run(300, 13, 5, 7, shuffle=False, standardize=False, seed=300),
    Run(65, 40, 6, 64, shuffle=False, standardize=True, seed=65),
    Run(29, 1, 1, 1, shuffle=True, standardize=False, seed=29),
    Run(3, 40, 1, 70, shuffle=False, standardize=False, seed=3),
)
LARGE = Run(12_000, 3, 6, 7_000, shuffle=True, standardize=False, seed=12)


def check(trainer: Trainer, expected: tuple[Any, torch.Tensor, torch.Tensor]) -> None:
    losses, w, b = expected
    assert trainer.recording.losses.tobytes() == losses.tobytes()
    assert torch.equal(trainer.model.w, w)
    assert torch.equal(trainer.model.b, b)


# ---- the search ------------------------------------------------------------------------------


def check_the_article(run: Run) -> None:
    trainer = run.trainer()
    trainer.run()
    check(trainer, article(run.table, rate=RATE, **run.how))


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Torch works in so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


# The last one's losses are sums of so many numbers that two threads share them.
@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("run", [*TRIED, LARGE], ids=str)
def test_tables_that_gave_other_bits_give_the_articles(run: Run) -> None:
    check_the_article(run)


@plenty
@given(run=RUNS)
def test_losses_w_and_b_are_those_of_the_articles_loop(run: Run) -> None:
    check_the_article(run)


@plenty
@given(
    run=RUNS, function=st.sampled_from((momentum, adam, rebinds, detaches, *CHANGING)), to=st.data()
)
def test_they_are_with_an_update_of_ones_own_and_after_going_back(
    run: Run, function: Any, to: st.DataObject
) -> None:
    trainer = run.trainer(function)
    trainer.run()
    expected = own_loop(function, run.table, rate=RATE, **run.how)
    check(trainer, expected)
    trainer.seek(to.draw(st.integers(0, len(trainer.recording) - 1)))
    trainer.step("phase")
    trainer.run()
    check(trainer, expected)


@some
@given(
    run=RUNS,
    stretches=st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 70), st.booleans()), min_size=1, max_size=4
    ),
)
def test_they_are_when_batch_size_and_shuffle_change_on_the_way(
    run: Run, stretches: list[tuple[int, int, bool]]
) -> None:
    trainer = run.trainer()
    naive = Naive(run.table, run.seed, standardize=run.standardize)
    held: list[Held] = []
    trainer.change(epochs=100)
    for count, size, shuffle in stretches:
        trainer.change(batch_size=size, shuffle=shuffle)
        trainer.step(count=count)
        held += [Held(RATE, size, shuffle)] * count
        assert state_of(trainer.model) == naive.after(held).state
    for update in range(len(held), -1, -3):
        trainer.seek(update)
        assert state_of(trainer.model) == naive.after(held[:update]).state


@pytest.mark.process
def test_scripts_print_them_too() -> None:
    trainers = [run.trainer() for run in TRIED]
    trainers += [run.trainer(function) for run in TRIED[:3] for function in (momentum, *CHANGING)]
    for trainer in trainers:
        trainer.run()
    answers = run_scripts([trainer.to_script() for trainer in trainers])
    for trainer, (lines, w, b, _) in zip(trainers, answers, strict=True):
        assert printed_losses(lines) == trainer.recording.losses.tobytes()
        assert w == trainer.model.w.flatten().tolist()
        assert b == trainer.model.b.tolist()


# ---- on other processors ---------------------------------------------------------------------

_ASKED = "LINREG_TESTS_PROCESSOR"
"""The variable with the capability and the threads that a process is to have."""
_CAPABILITIES = ("default", "avx2", "avx512")
_HERE = torch.backends.cpu.get_cpu_capability().lower()
_THERE = _CAPABILITIES[: _CAPABILITIES.index(_HERE) + 1] if _HERE in _CAPABILITIES else ("default",)


# `make test` tries what differs most from here: no vectors at all.
_TRIED_THERE = [_THERE[0], *(pytest.param(name, marks=pytest.mark.matrix) for name in _THERE[1:])]


@pytest.mark.process
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("capability", _TRIED_THERE)
def test_other_processors_and_threads_find_no_other_bits(capability: str, threads: int) -> None:
    """All of the search above, in a process that uses less of this processor."""
    environment = {
        **os.environ,
        "ATEN_CPU_CAPABILITY": capability,
        "OMP_NUM_THREADS": str(threads),
        "LINREG_LENGTH": "matrix" if at_length() else "quick",
    }
    asked = f"{capability if _HERE in _CAPABILITIES else _HERE} {threads}"
    environment[_ASKED] = asked
    search = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    chosen = "asked_for or articles or own or change_on_the_way"
    done = subprocess.run(
        [*search, "-k", f"{chosen} or scripts" if at_length() else chosen],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_this_process_is_as_it_was_asked_for() -> None:
    """In the processes of the test before; in others there is no wish."""
    here = f"{_HERE} {torch.get_num_threads()}"
    assert os.environ.get(_ASKED, here) == here


# ---- what makes them the same ----------------------------------------------------------------


@plenty
@given(run=RUNS, update=st.integers(0, 400), ahead=st.integers(1, 400))
def test_every_batch_is_two_fresh_tensors_of_the_rows_that_are_named(
    run: Run, update: int, ahead: int
) -> None:
    how = Settings(learning_rate=RATE, **run.how)
    batches, schedule = Batches(run.table, how), Schedule.of(run.rows, how)
    cut = batches.cut(schedule, update, update + ahead)
    assert 1 <= len(cut) <= ahead
    for count, (x, y) in enumerate(cut):
        rows = batches.rows(schedule, update + count)
        assert torch.equal(x, batches.inputs[rows])
        assert torch.equal(y, batches.targets[rows])
        for tensor in (x, y):
            assert tensor.data_ptr() % 64 == 0
            assert tensor.is_contiguous()
            assert not tensor._is_view()
            assert tensor._version == 0
            assert tensor.untyped_storage().nbytes() == tensor.nbytes  # a copy of it is no larger


def test_a_long_epoch_costs_no_copy_of_its_rows() -> None:
    """However small the batches and many the features: only some batches are there at a time."""
    for size in (1, 3, 64, 2000):
        how = Settings(learning_rate=RATE, batch_size=size)
        table = Table.of((np.ones((2000, 300)), np.ones((2000, 1))))
        batches = Batches(table, how)
        cut = batches.cut(Schedule.of(2000, how), 0, 10**6)
        held = sum(x.nbytes + y.nbytes for x, y in cut)
        assert held <= max(2**22, size * 301 * 4)


def test_a_prediction_does_not_depend_on_how_its_numbers_lie_in_memory() -> None:
    run = TRIED[2]
    trainer = run.trainer()
    trainer.run()
    x = run.table.inputs
    somewhere = np.empty(x.size + 1, np.float32)[1:].reshape(x.shape)
    somewhere[:] = x
    for same in (x, np.asfortranarray(x), somewhere, x.tolist(), torch.tensor(x), x[::-1][::-1]):
        assert torch.equal(trainer.predict(same), trainer.predictions())


# ---- an update that changes its batch --------------------------------------------------------


def looked_at(trainer: Trainer) -> list[Any]:
    """All that is read of the trainer's own rows."""
    specimen = trainer.specimen
    return [
        trainer.loss(),
        trainer.target_losses().tolist(),
        trainer.predictions().tolist(),
        trainer.next_rows.tolist(),
        [
            (name, seen.value and seen.value.numbers.tobytes())
            for name, seen in specimen.seen.items()
        ],
    ]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("function", CHANGING, ids=lambda function: function.__name__)
def test_rows_that_an_update_changes_are_its_own(
    function: Callable[..., Any], *, shuffle: bool
) -> None:
    run = Run(10, 3, 2, 4, shuffle=shuffle, standardize=False, seed=3)
    trainer = run.trainer(function)
    rows = trainer._run.batches
    before = (rows.inputs.numpy().tobytes(), rows.targets.numpy().tobytes())
    at_the_start = looked_at(trainer)
    for _ in range(3):  # looks at the first update make none of it
        assert looked_at(trainer) == at_the_start

    moments: dict[int, list[Any]] = {}
    models: dict[int, Any] = {}
    for update in range(trainer.total + 1):
        moments[update], models[update] = looked_at(trainer), state_of(trainer.model)
        if update < trainer.total:
            trainer.step()
    check(trainer, own_loop(function, run.table, rate=RATE, **run.how))

    for update in (0, 5, 2, 6, 1, 4, 3):
        trainer.seek(update)
        assert looked_at(trainer) == moments[update]
        assert state_of(trainer.model) == models[update]
    trainer.seek(3)
    trainer.back("phase", 5)
    trainer.step("phase", 5)
    assert state_of(trainer.model) == models[3]
    trainer.run()
    assert state_of(trainer.model) == models[trainer.total]
    assert (rows.inputs.numpy().tobytes(), rows.targets.numpy().tobytes()) == before
    assert trainer.failure is None


def test_a_batch_that_is_kept_stays_as_it_was() -> None:
    kept: list[tuple[torch.Tensor, torch.Tensor]] = []

    def hoards(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        kept.append((x, y))
        x *= 2
        return (yield from gradient_update(model, x, y, learning_rate))

    trainer = Run(11, 3, 2, 4, shuffle=False, standardize=False, seed=3).trainer(hoards)
    trainer.step(count=3)
    as_they_were = copy.deepcopy(kept)
    rows = trainer._run.batches.inputs
    assert torch.equal(torch.cat([x for x, _ in kept]), 2 * rows)
    trainer.run()
    trainer.back("epoch")
    trainer.step("phase", 2)
    assert len({x.data_ptr() for x, _ in kept}) == len(kept)
    for (x, y), (old_x, old_y) in zip(kept, as_they_were, strict=False):
        assert torch.equal(x, old_x)
        assert torch.equal(y, old_y)


def test_an_update_that_fails_leaves_its_batch_to_nobody() -> None:
    fail = True

    def stumbles(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        x /= 100
        yield "scale"
        if fail:
            raise ValueError("not yet")
        return (yield from gradient_update(model, x, y, learning_rate))

    run = Run(10, 3, 2, 4, shuffle=False, standardize=False, seed=3)
    trainer, smooth = run.trainer(stumbles), run.trainer(CHANGING[0])
    for _ in range(3):
        with pytest.raises(Exception, match="not yet"):
            trainer.run()
    fail = False
    trainer.run()
    smooth.run()
    assert trainer.recording.losses.tobytes() == smooth.recording.losses.tobytes()
    assert same_model(trainer, smooth)
