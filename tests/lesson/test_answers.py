"""What readers type as an answer is read as a number, or refused in words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch

from linreg_widget import Trainer, TrainerWidget, crop_yields
from linreg_widget.lesson.answers import number_in, trainer_in


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (217, 217),
        (0.75, 0.75),
        ("217", 217),
        (" 217 ", 217),
        ("2,818", 2818),
        ("2,818.5", 2818.5),
        ("1 234 567", 1_234_567),
        ("1'000", 1000),
        ("2,25", 2.25),
        ("0,844", 0.844),
        ("−0.4", -0.4),
        ("+3", 3),
        (".5", 0.5),
        ("1.67e-6", 1.67e-6),
        ("75%", 0.75),
        ("12 %", 0.12),
        ("217 epochs", 217),
        ("3 tons.", 3),
        ([217], 217),
        ((0.5,), 0.5),
        ([[2]], 2),
        (["2,25"], 2.25),
        (np.float32(2), 2),
        (np.array([[2.5]]), 2.5),
        (torch.tensor(2.5), 2.5),
        (torch.tensor([2.5], requires_grad=True), 2.5),
        (pd.Series([4.0]), 4),
        ("inf", math.inf),
        ("–3", -3),
        ("≈ 3.5", 3.5),
        ("about 3", 3),
        ("w = −0.4", -0.4),
        ("loss: 2,818", 2818),
        ("$1,200", 1200),
        ("3 €", 3),
        ("½", 0.5),
        ("-1/4", -0.25),
        ("10³", 1000),
        ("2·10⁻³", 2e-3),
        ("1,5 × 10^-5", 1.5e-5),
        ("10**-5", 1e-5),
    ],
    ids=repr,
)
def test_one_number_is_read_however_it_is_written(answer: object, number: float) -> None:
    assert number_in(answer) == pytest.approx(number)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("none", "'none' is not a number"),
        ("", "'' is not a number"),
        ("1e-5/6", "'1e-5/6' is not a number"),
        ("2.818,5", "'2.818,5' is not a number"),
        ("2 or 3", "is not a number"),
        ("3:1", "is not a number"),
        ("1½", "is not a number"),
        ("1 1/2", "is not a number"),
        ("5²", "is not a number"),
        ("w = x", "is not a number"),
        ("1/0", "is not a number"),
        (None, "None is not a number"),
        (True, "True is not a number"),
        (print, "is not a number"),
        ({"a": 1}, "is not a number"),
        ([216, 217], "2 numbers"),
        ([], "0 numbers"),
        (torch.ones(3), "3 numbers"),
        (1j, "is not a number"),
    ],
    ids=repr,
)
def test_what_is_no_single_number_is_refused_in_words(answer: object, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        number_in(answer)


def test_not_a_number_is_read_and_equals_nothing() -> None:
    assert math.isnan(number_in("nan"))


@pytest.mark.clock
def test_a_trainer_is_found_in_a_widget_and_nothing_else_is_one() -> None:
    trainer = Trainer(crop_yields())
    assert trainer_in(trainer) is trainer
    widget = TrainerWidget(trainer, plot=None)
    assert trainer_in(widget) is trainer
    widget.close()
    for answer, name in ((0.9, "float"), (None, "NoneType"), ("text", "str")):
        with pytest.raises(AssertionError, match=f"A {name} is not a Trainer: use Trainer"):
            trainer_in(answer)
