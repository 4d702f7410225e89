"""The numbers are the article's: the same bits as its own script with its own DataLoader."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.lanes import seeds
from tests.training.oracle import article


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads fight over two busy cores; for tensors this small they change no bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("seed", seeds(20, tried=1))
def test_losses_and_final_weights_are_the_articles_to_the_last_bit(seed: int) -> None:
    table = crop_yields()
    for rate, batch_size, shuffle in itertools.product(
        (1e-6, 1e-5), (1, 2, 3, 4, 15, 20), (True, False)
    ):
        losses, w, b = article(table, seed, rate, batch_size, shuffle=shuffle)
        trainer = Trainer(
            table, learning_rate=rate, batch_size=batch_size, seed=seed, shuffle=shuffle
        )
        trainer.run()
        assert trainer.recording.losses.tobytes() == losses.tobytes()
        assert torch.equal(trainer.model.w, w)
        assert torch.equal(trainer.model.b, b)
        assert (trainer.position.epoch, trainer.status) == (50, "finished")


@pytest.mark.parametrize(
    ("rows", "features", "targets", "batch_size"),
    [(1, 1, 1, 3), (37, 7, 1, 5), (65, 100, 2, 64), (9, 1000, 3, 4), (300, 13, 5, 7)],
)
def test_they_are_for_tables_of_other_shapes_as_well(
    rows: int, features: int, targets: int, batch_size: int
) -> None:
    numbers = torch.Generator().manual_seed(rows)
    table = Table.of(
        (
            torch.randn(rows, features, generator=numbers),
            torch.randn(rows, targets, generator=numbers),
        )
    )
    losses, w, b = article(table, 5, 1e-3, batch_size, epochs=3)
    trainer = Trainer(table, learning_rate=1e-3, batch_size=batch_size, seed=5, epochs=3)
    trainer.run()
    assert trainer.recording.losses.tobytes() == losses.tobytes()
    assert torch.equal(trainer.model.w, w)
    assert torch.equal(trainer.model.b, b)


def test_a_run_neither_feels_nor_disturbs_the_notebooks_own_torch() -> None:
    """Its random numbers are private, and torch's defaults for new tensors are not its own."""
    plain = Trainer(crop_yields(), learning_rate=1e-5)
    plain.run()

    torch.manual_seed(123)
    undisturbed = torch.rand(3)
    torch.manual_seed(123)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        with torch.inference_mode():
            trainer = Trainer(crop_yields(), learning_rate=1e-5)
            torch.rand(1, device="cpu")
            trainer.step("phase", 7)
            trainer.run()
            assert torch.is_inference_mode_enabled()
        with torch.no_grad():
            again = Trainer(crop_yields(), learning_rate=1e-5)
            again.run()
            again.back("phase", 3)
            again.step("phase", 3)
            assert not torch.is_grad_enabled()
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    torch.manual_seed(123)
    Trainer(crop_yields()).run()
    assert torch.equal(torch.rand(3), undisturbed)

    for other in (trainer, again):
        assert other.recording.losses.tobytes() == plain.recording.losses.tobytes()
        assert torch.equal(other.model.w, plain.model.w)


def test_numbers_set_by_hand_lie_where_the_model_does() -> None:
    """Also where the notebook's own tensors are made on another device, as on a GPU."""

    def all_ways() -> list[bytes]:
        trainer = Trainer(crop_yields(), learning_rate=1e-5, standardize=True, held_out=0.2)
        trainer.run(1)
        trainer.set(w=np.ones((2, 3)), b=torch.ones(2, device="cpu"))
        trainer.run(1)
        trainer.set(b=[3.0, 4.0])
        trainer.step("phase", 3)
        trainer.undo()
        trainer.run(1)
        others = (trainer, copy.deepcopy(trainer), pickle.loads(pickle.dumps(trainer)))
        for other in others:
            other.back("update", 5)
            other.run()
            assert other.model.w.device.type == "cpu"
        return [other.recording.losses.tobytes() for other in others]

    plain = all_ways()
    torch.set_default_device("meta")
    try:
        assert all_ways() == plain
    finally:
        torch.set_default_device(None)
