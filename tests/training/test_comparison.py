"""Runs side by side, and weights and biases set by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from tests.crops import crops as on_the_crops

crops = partial(on_the_crops, epochs=10)


@pytest.mark.clock
def test_the_comparison_shows_what_differed_and_where_each_run_ended() -> None:
    trainer = crops()
    trainer.run()
    first = trainer.loss()
    kept = trainer.keep()
    assert kept.name == "learning rate 1e-5, batches of 3, seed 0"
    trainer.change(learning_rate=5e-5, batch_size=5)
    trainer.reset()
    trainer.step(count=4)
    frame = trainer.comparison()
    assert [*frame.columns] == [
        "run",
        "learning_rate",
        "batch_size",
        "epochs",
        "updates",
        "changes",
        "status",
        "loss",
        "times_best",
    ]
    assert frame["run"].tolist() == [kept.name, "now"]
    assert frame["learning_rate"].tolist() == [1e-5, 5e-5]
    assert frame["batch_size"].tolist() == [3, 5]
    assert frame["updates"].tolist() == [50, 4]
    assert frame["epochs"].tolist() == [10, 1]
    assert frame["status"].tolist() == ["finished", "paused"]
    assert frame["loss"].tolist() == [first, trainer.loss()]
    best = trainer.insight.least_squares.loss
    np.testing.assert_allclose(frame["times_best"], frame["loss"] / best)


@pytest.mark.clock
def test_a_run_is_named_by_the_settings_it_was_made_with_not_by_those_that_wait() -> None:
    trainer = crops()
    trainer.run()
    trainer.change(learning_rate=9e-5)
    assert trainer.keep().settings.learning_rate == 1e-5


@pytest.mark.clock
def test_the_curve_of_a_kept_run_is_its_full_data_loss_up_to_where_it_stood() -> None:
    trainer = crops()
    trainer.run()
    trainer.seek(23)
    updates, losses = trainer.keep("half-way").curve
    assert updates.tolist() == [0, 5, 10, 15, 20, 23]
    for update, loss in zip(updates.tolist(), losses, strict=True):
        trainer.seek(update)
        assert trainer.loss() == loss


@pytest.mark.clock
def test_names_stay_apart_and_runs_can_be_forgotten() -> None:
    trainer = crops()
    names = [trainer.keep(name).name for name in ("a", "a", "a", None, None)]
    assert len(set(names)) == 5
    assert names[:3] == ["a", "a (2)", "a (3)"]
    assert len({run.colour for run in trainer.kept}) == 5
    trainer.forget(1)
    assert [run.name for run in trainer.kept][:2] == ["a", "a (3)"]
    with pytest.raises(SettingsError, match="index is 4; 4 runs are kept"):
        trainer.forget(4)
    for _ in range(20):
        trainer.keep("b")
    assert len(trainer.kept) == 12


# ---- set by hand ---------------------------------------------------------------------------------


def test_what_is_set_is_what_the_model_has_and_the_old_future_is_a_branch() -> None:
    trainer = crops()
    trainer.run()
    trainer.seek(20)
    trainer.set(w=[[1, 2, 3], [4, 5, 6]])
    assert trainer.model.w.tolist() == [[1, 2, 3], [4, 5, 6]]
    (branch,) = trainer.recording.branches
    assert (branch.start, len(branch.losses)) == (20, 30)
    assert branch.path.updates[0] == 20
    assert (len(trainer.recording), trainer.recording.edited) == (20, (20,))
    b = trainer.model.b.detach().clone()
    trainer.step()
    trainer.back()
    assert trainer.model.w.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert torch.equal(trainer.model.b.detach(), b)
    trainer.back()
    assert trainer.model.w.tolist() != [[1, 2, 3], [4, 5, 6]]


def test_an_update_under_way_is_left_first() -> None:
    trainer = crops()
    trainer.step(count=3)
    trainer.step("phase", 3)
    trainer.set(b=[0.0, 0.0])
    assert (trainer.position.update, trainer.position.phase) == (3, None)
    assert trainer.model.b.tolist() == [0, 0]
    assert trainer.specimen.phases == []
    assert trainer.specimen.seen["b"].value is not None
    assert trainer.specimen.seen["b"].value.numbers.tolist() == [[0, 0]]


def test_what_is_not_set_is_as_before_the_update_that_was_left() -> None:
    trainer = crops()
    trainer.step(count=3)
    b = trainer.model.b.detach().clone()
    trainer.step("phase", 4)  # b has moved
    assert not torch.equal(trainer.model.b.detach(), b)
    trainer.set(w=np.zeros((2, 3)))
    assert torch.equal(trainer.model.b.detach(), b)


def test_setting_at_the_start_lets_the_run_begin_there_and_reset_returns_to_the_drawn_ones() -> (
    None
):
    trainer = crops()
    drawn = trainer.model.w.detach().clone()
    trainer.set(w=np.zeros((2, 3)), b=np.zeros(2))
    assert trainer.loss() == pytest.approx(8310.67)
    trainer.run()
    trainer.seek(0)
    assert trainer.loss() == pytest.approx(8310.67)
    trainer.reset()
    assert torch.equal(trainer.model.w.detach(), drawn)


def test_many_sets_in_a_row_keep_the_last_one() -> None:
    trainer = crops()
    trainer.step(count=700)
    for value in range(30):
        trainer.set(b=[value, -value])
        trainer.step(count=1 + value % 3)
    trainer.step(count=3000)
    last = trainer.model.w.detach().clone()
    losses = trainer.recording.losses.tobytes()
    trainer.seek(0)
    trainer.seek(len(trainer.recording))
    assert torch.equal(trainer.model.w.detach(), last)
    assert trainer.recording.losses.tobytes() == losses


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"w": [1, 2, 3]}, r"w has shape \(3,\); it must be \(2, 3\)"),
        ({"b": [1, float("nan")]}, "b holds a number that is not finite in float32"),
        ({"b": [1, 1e300]}, "b holds a number that is not finite in float32"),
        ({"b": [1, 1e-50]}, "b holds 1e-50, which counts as 0 in float32; give 0, or"),
        ({"w": torch.tensor([[0, 0, 0], [0, -7e-46, 0.0]], dtype=torch.float64)}, "holds -7e-46"),
        ({"b": ["one", 2]}, "b cannot be read as numbers"),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(given: Any, words: str) -> None:
    trainer = crops()
    trainer.step("phase", 3)
    before = trainer.model.w.tolist(), trainer.model.b.tolist(), trainer.position
    with pytest.raises(SettingsError, match=words):
        trainer.set(**given)
    assert (trainer.model.w.tolist(), trainer.model.b.tolist(), trainer.position) == before


def test_a_diverged_run_is_not_set_but_told_how_to_go_back() -> None:
    trainer = crops(learning_rate=1.0)
    trainer.run()
    with pytest.raises(SettingsError, match=r"Diverged at update .*rescue\('start'\)"):
        trainer.set(b=[0, 0])
