"""The losses as a table and in words: every number is the recording's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from linreg_widget import Trainer, crop_yields
from linreg_widget.training.account import EpochTable, described


def rows_of(table: EpochTable, trainer: Trainer, seconds: float = 10.0) -> np.ndarray:
    return np.frombuffer(table.to_bytes(trainer, seconds), "<f8").reshape(-1, 4)


def test_a_row_stands_for_each_epoch_and_one_for_the_start() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 3)
    trainer.step()
    rows = rows_of(EpochTable(), trainer)
    assert rows[:, 0].tolist() == [0, 1, 2, 3]
    assert rows[:, 1].tolist() == [0, 5, 10, 15]
    losses = trainer.recording.losses.astype(float)
    assert math.isnan(rows[0, 2])
    assert rows[1:, 2] == pytest.approx(losses[:15].reshape(3, 5).mean(1), rel=1e-6)
    for update, full in rows[:, [1, 3]]:
        trainer.seek(int(update))
        assert full == pytest.approx(trainer.loss(), rel=1e-6)


def test_a_long_run_has_at_most_a_hundred_rows_and_the_start() -> None:
    table, trainer = EpochTable(), Trainer(crop_yields(), learning_rate=1e-5, epochs=10_000)
    for epochs in (60, 41, 250):
        trainer.step("epoch", epochs)
        rows = rows_of(table, trainer)
        assert len(rows) <= 101
    stride = rows[2, 0] - rows[1, 0]
    assert stride == 4
    means = trainer.recording.losses[: 5 * 348].astype(float).reshape(-1, 20).mean(1)
    assert rows[1:88, 2] == pytest.approx(means, rel=1e-6)


def test_another_way_from_the_past_makes_another_table() -> None:
    table, trainer = EpochTable(), Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 4)
    before = rows_of(table, trainer).copy()
    trainer.back("epoch", 3)
    trainer.change(learning_rate=1e-6)
    trainer.step("epoch", 1)
    after = rows_of(table, trainer)
    assert len(after) == 3
    assert after[1, 2] == before[1, 2]
    assert after[2, 2] != before[2, 2]


def test_without_time_losses_over_all_rows_are_not_known_and_said_to_be() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 30)
    known = np.isfinite(rows_of(EpochTable(), trainer, 0.0)[:, 3])
    assert not known.all()


def test_a_run_is_told_in_a_sentence() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    assert described(trainer, 33150.0, 0.9094).startswith("None of 250 updates done yet: ")
    trainer.step("update", 7)
    trainer.back("update", 2)
    words = described(trainer, 1000.0, 0.9094)
    assert words.startswith("After 5 of 250 updates (7 are recorded) the batch loss went from ")
    assert "the loss over all rows is 1,000" in words
    trainer.seek(0)
    assert described(trainer, 1.0, 1.0).startswith("Back at the start, with 7 updates recorded")
    wild = Trainer(crop_yields(), learning_rate=1.0)
    wild.run()
    assert described(wild, math.inf, 0.9).startswith("The run diverged: from ")
