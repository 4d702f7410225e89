"""The sentence of each phase, with the actual numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import measured, said
from tests.microscope.looking import look
from tests.training import updates


def sentences(trainer: Trainer, count: int) -> list[str]:
    found = [look(trainer).sentence]
    for _ in range(count):
        trainer.step("phase")
        found.append(look(trainer).sentence)
    return found


def test_the_articles_update_is_told_phase_by_phase() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    start, predict, loss, backward, update, zero = sentences(trainer, 5)
    shown = look(trainer)
    rows = shown.rows
    assert start == (
        f"Update 1 will learn from the rows {rows[0]}, {rows[1]} and {rows[2]}. "
        "w and b were drawn at random."
    )
    predictions, y = shown.numbers("predictions"), shown.numbers("y")
    assert predict == (
        f"The model predicts {said(predictions.min())} to {said(predictions.max())} for these "
        f"3 rows; the targets are {said(y.min())} to {said(y.max())}."
    )
    by_hand = float(np.mean((predictions.astype(np.float64) - y) ** 2))
    assert (
        loss == f"The loss of these 3 rows is {said(by_hand)}: the mean of 6 squared differences."
    )
    gradient = shown.numbers("w.grad", "old").astype(float)
    j, k = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    name = f"{trainer.table.target_names[j]}, {trainer.table.feature_names[k]}"
    way = "lowers" if gradient[j, k] > 0 else "raises"
    assert backward == (
        f"backward() filled w.grad and b.grad. The steepest slope is w.grad[{name}] = "
        f"{said(float(gradient[j, k]))}, so the update {way} that weight most."
    )
    old, new = (float(w[j, k]) for w in (shown.numbers("w", "old"), shown.numbers("w")))
    assert update.endswith(f"w[{name}] moved the most, from {said(old)} to {said(new)}.")
    assert zero == (
        f"The gradients are zero again, and update 1 is complete; its loss was {said(by_hand)}."
    )


def test_one_row_and_one_target_are_told_in_the_singular() -> None:
    trainer = Trainer(Table.parse("a, b\n1, 2\n3, 4"), batch_size=1)
    start, predict, loss, *_ = sentences(trainer, 5)
    assert start.startswith("Update 1 will learn from 1 row.")
    assert "for this row; the targets are " in predict
    assert loss.startswith("The loss of this row is ")
    assert loss.endswith(": the squared difference.")


def test_of_another_update_function_it_is_said_what_changed() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, update=updates.never_clears)
    start, backward, update, end = sentences(trainer, 3)
    assert start.startswith("Update 1 will learn from the rows ")
    assert backward == "Phase “backward” changed loss, w.grad and b.grad."
    assert update == "Phase “update” changed w and b."
    assert end.startswith("Update 1 is complete; its loss was ")
    assert end.endswith("Its last lines changed nothing that is shown.")


def test_a_step_too_small_for_float32_is_said_to_be_so() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-30)
    assert sentences(trainer, 4)[4] == (
        "w and b did not change: the steps are too small for float32."
    )


def test_a_step_too_far_is_said_to_be_so() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e36)
    words = sentences(trainer, 4)
    assert words[4] == "w is no longer finite: the step went too far."


def test_every_sentence_of_a_diverging_run_can_be_made() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1.0)
    while trainer.status != "diverged":
        trainer.step("phase")
        assert look(trainer).sentence
    assert trainer.position.update > 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (853.52, "853.5"),
        (20987.6, "20,988"),
        (999.96, "1,000"),
        (0.0001234, "1.234e−4"),
        (-1e-30, "−1.000e−30"),
        (999_999.9, "1.000e6"),
        (-0.0, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_read_as_in_the_panel(value: float, text: str) -> None:
    assert measured(value) == text
