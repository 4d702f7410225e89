"""The diagnosis names what is wrong with an update function, and blames none that is right."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.model import gradient_update
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.mistakes import Sample, gradient_scale, unlike
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import times

from . import mistaken
from .mistaken import INNOCENT, STILL, update
from .updates import CHANGING, MANNERLY

COPIES = (
    (mistaken.rebinds_locals, "variables w and b"),
    (mistaken.rebinds_and_keeps_gradients, "variables w and b"),
    (mistaken.rebinds_in_a_loop, "variable parameter"),
    (mistaken.makes_a_list, "variable parameters"),
    (mistaken.copies_data, "variables w and b"),
    (mistaken.by_hand_on_copies, "variables w and b"),
)


def crops(function: Any, rate: float = 1e-5, **settings: Any) -> Trainer:
    return Trainer(crop_yields(), update=function, learning_rate=rate, **settings)


def run(function: Any, rate: float = 1e-5, **settings: Any) -> Trainer:
    trainer = crops(function, rate, **settings)
    trainer.run()
    return trainer


class Counted:
    """An update function that counts how often it is begun."""

    def __init__(self, function: Any) -> None:
        self.calls, self.function = 0, function

    def __call__(self, model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        raise NotImplementedError

    def update(self, model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        self.calls += 1
        return (yield from self.function(model, x, y, learning_rate))


# ---- w and b that stay where they are ----------------------------------------------------------


@pytest.mark.parametrize("function", STILL)
def test_w_and_b_that_never_move_are_named(function: Any) -> None:
    trainer = run(function)
    found = trainer.diagnosis
    assert (trainer.status, found.kind) == ("finished", "still")
    assert "w and b are still exactly what they were at the start, after 250 updates" in found.words
    assert (found.safe_rate, found.good_update) == (None, None)


@pytest.mark.parametrize(("function", "names"), COPIES)
def test_new_tensors_in_place_of_the_models_are_named_at_once(function: Any, names: str) -> None:
    trainer = crops(function)
    trainer.step()
    words = trainer.diagnosis.words
    assert "at the start, after 1 update: the update function makes new tensors" in words
    assert f"in its {names}, and leaves model.w and model.b as they are" in words
    assert "Change these in place, as in `model.w -= learning_rate * model.w.grad` under" in words
    assert "`with torch.no_grad()`" in words


@pytest.mark.parametrize(
    ("function", "why", "remedy"),
    [
        (mistaken.clears_too_early, "is cleared before any step", "between backward() and zero_()"),
        (mistaken.makes_no_step, "makes no step with it", "Add `model.w -= learning_rate"),
        (mistaken.never_calls_backward, "no gradient reaches", "call loss.backward()"),
        (mistaken.gradient_of_nothing, "the gradient of model.w and model.b is 0", "of model(x)"),
    ],
)
def test_a_step_that_is_missing_is_told_with_what_is_missing(
    function: Any, why: str, remedy: str
) -> None:
    words = run(function).diagnosis.words
    assert why in words
    assert remedy in words


def test_no_rate_rescues_an_update_function() -> None:
    trainer = run(mistaken.rebinds_locals)
    for to in ("start", "good"):
        with pytest.raises(SettingsError, match=r"no learning rate helps here.*makes new tensors"):
            trainer.rescue(to)
    trainer.change(learning_rate=1e-6)
    assert trainer.diagnosis.kind == "still"


@pytest.mark.parametrize(
    ("function", "still", "moves"),
    [(update(b=0), "b", "w"), (update(w=0), "w", "b"), (mistaken.rebinds_b, "b", "w")],
)
def test_one_of_w_and_b_that_never_moves_is_named(function: Any, still: str, moves: str) -> None:
    words = run(function).diagnosis.words
    assert words.startswith(f"{still} is still exactly what it was at the start, after 250 updates")
    assert f"though {moves} moves: the update function makes" in words
    assert f"model.{still} -= learning_rate * model.{still}.grad" in words


@pytest.mark.parametrize("function", [gradient_update, update(), mistaken.by_hand])
def test_steps_too_short_for_float32_are_the_rates_fault(function: Any) -> None:
    trainer = run(function, 1e-20)
    found = trainer.diagnosis
    assert (found.kind, found.safe_rate, found.good_update) == ("still", 1e-5, None)
    assert "at the learning rate 1e-20 a step is too short to change them in float32" in found.words
    assert "Raise it: 1e-5 is safe." in found.words
    trainer.change(learning_rate=1e-6)
    assert trainer.diagnosis.kind == ""
    trainer.change(learning_rate=1e-20)
    trainer.rescue("start")
    trainer.run()
    assert (trainer.settings.rate, trainer.diagnosis.kind) == (1e-5, "")


def test_w_and_b_set_by_hand_that_never_move_again_are_named() -> None:
    trainer = crops(mistaken.rebinds_locals)
    trainer.step(count=3)
    trainer.set(b=[1, 2])
    assert trainer.diagnosis.kind == "still"
    trainer.step(count=2)
    assert "what they were after update 3, 2 updates ago" in trainer.diagnosis.words


# ---- steps in the wrong direction, or of the wrong length --------------------------------------


@pytest.mark.parametrize(
    ("function", "who"),
    [
        (update(w=1, b=1), "w and b go uphill:"),
        (update(w=1), "w goes uphill (b goes downhill):"),
        (update(b=1), "b goes uphill (w goes downhill):"),
        (update(w=1, b=0), "w goes uphill:"),
    ],
)
@pytest.mark.parametrize("rate", [1e-7, 1e-5, 1e-4])
def test_a_step_uphill_is_told_before_the_loss_grows(function: Any, who: str, rate: float) -> None:
    trainer = crops(function, rate)
    trainer.step()
    assert trainer.diagnosis.kind == "uphill"
    assert trainer.diagnosis.words.startswith(who)
    for _ in range(3):
        found = trainer.diagnosis
        assert found.kind in ("uphill", "growing")
        assert who in found.words
        assert "Write `-=`, as in `model." in found.words
        assert found.safe_rate is None
        trainer.step()


def test_a_run_that_diverged_uphill_is_told_so_and_not_rescued() -> None:
    trainer = run(update(w=1, b=1))
    found = trainer.diagnosis
    assert (trainer.status, found.kind) == ("diverged", "diverged")
    assert "Diverged at update 235" in found.words
    assert "it must be the update function. w and b go uphill" in found.words
    assert "Does it clear the gradient" not in found.words
    assert (found.safe_rate, found.good_update) == (None, None)
    with pytest.raises(SettingsError, match="no learning rate helps"):
        trainer.rescue("start")
    with pytest.raises(SettingsError, match=r"fix the update function in a new trainer\.$"):
        trainer.step()
    above = run(update(w=1, b=1), 3e-4).diagnosis.words
    assert "Besides, the learning rate, 3e-4, is 2.7 times the largest stable one" in above


def test_a_turned_loss_is_told_from_a_turned_step() -> None:
    negative = crops(update(backward=lambda difference: -(difference**2).mean()))
    negative.step()
    assert "it is the gradient of the negative loss" in negative.diagnosis.words


MULTIPLES = [
    (lambda d: (d**2).sum(), 6, "(rows × targets = 6): it is the sum instead of the mean"),
    (lambda d: (d**2).sum(1).mean(), 2, "(targets = 2): it is the mean over the rows, but the sum"),
    (lambda d: (d**2).mean(1).sum(), 3, "(rows = 3): it is the sum over the rows"),
    (lambda d: (d**2).mean() / 2, 0.5, "it is half the mean"),
    (lambda d: 7 * (d**2).mean(), 7, "7 times mse_loss of the same batch, so the gradients"),
]


@pytest.mark.parametrize(("backward", "factor", "why"), MULTIPLES)
@pytest.mark.parametrize("rate", [1e-4, 6e-4])
def test_a_multiple_of_the_loss_is_named_with_its_factor(
    backward: Any, factor: float, why: str, rate: float
) -> None:
    trainer = run(update(backward=backward), rate, epochs=100)
    if factor * rate < 1.2e-4:
        assert trainer.diagnosis.kind == ""
        return
    assert trainer.status == "diverged"
    found = trainer.diagnosis
    length = {2: "twice", 0.5: "half of"}.get(factor, f"{factor} times")
    assert f"returns is {length} mse_loss of the same batch" in found.words
    assert why in found.words
    limit = trainer.insight.largest_stable_rate
    assert f"largest stable rate is then {limit / factor:.2e}".replace("e-0", "e-") in found.words
    assert f"is {times(rate * factor / limit)} times that" in found.words
    assert found.safe_rate == pytest.approx(1e-5 / factor, rel=0.5)
    trainer.rescue("start")
    trainer.run()
    assert (trainer.status, trainer.diagnosis.kind) == ("finished", "")


def test_growing_names_the_factor_too() -> None:
    trainer = crops(update(backward=lambda difference: (difference**2).sum()), 3e-5)
    kinds = []
    for _ in trainer:
        kinds.append(trainer.diagnosis.kind)
        if kinds[-1]:
            break
    assert kinds[-1] == "growing"
    assert "6 times mse_loss of the same batch (rows × targets = 6)" in trainer.diagnosis.words


def test_a_hidden_multiple_is_told_by_the_gradients() -> None:
    function = update(
        backward=lambda difference: (difference**2).sum(),
        returned=lambda difference: (difference**2).mean(),
    )
    words = run(function, 1e-4).diagnosis.words
    assert (
        "The loss that is returned is mse_loss of its batch, but the gradients are 6 times" in words
    )
    assert "it is the sum instead of the mean" in words
    assert "Call backward() on the mean" in words


def test_a_multiple_that_is_only_returned_is_not_blamed() -> None:
    function = update(
        backward=lambda difference: (difference**2).mean(),
        returned=lambda difference: (difference**2).sum(),
    )
    assert "is 2.7 times the largest stable one" in run(function, 3e-4).diagnosis.words


def test_a_multiple_of_the_step_is_told_by_the_step() -> None:
    words = run(update(w=-40, b=-40)).diagnosis.words
    assert "Each step is 40 times learning_rate × gradient." in words


def test_last_batches_of_another_size_do_not_hide_the_sum() -> None:
    function = update(backward=lambda difference: (difference**2).sum())
    trainer = run(function, 1e-4, batch_size=4)  # 4, 4, 4, 3
    assert "it is the sum instead of the mean, so" in trainer.diagnosis.words


def test_the_root_is_no_constant_multiple() -> None:
    samples = [Sample(mse**0.5, mse, 3, 2) for mse in (20988.0, 4871.0, 3.0)]
    assert unlike(samples) == "√"
    found = gradient_scale(samples, ())
    assert found is not None
    assert "the square root of mse_loss of the same batch (RMSE)" in found.words
    assert found.factor == 0


@pytest.mark.parametrize("seed", range(3))
def test_rules_are_found_whatever_the_batches(seed: int) -> None:
    random = np.random.default_rng(seed)
    shapes = random.integers(2, 40, size=(6, 2)).tolist()
    for of, factor in (
        ("rows × targets", lambda n, t: n * t),
        ("rows", lambda n, _: n),
        ("targets", lambda _, t: t),
        ("½", lambda *_: 0.5),
        ("½ × rows × targets", lambda n, t: n * t / 2),
        ("×", lambda *_: 3.21),
    ):
        losses = random.uniform(1e-3, 1e5, 6).tolist()
        pairs = zip(losses, shapes, strict=True)
        assert unlike([Sample(factor(n, t) * mse, mse, n, t) for mse, (n, t) in pairs]) == of
    assert unlike([Sample(mse, mse, 3, 2) for mse in losses]) == ""
    assert unlike([Sample(mse + 1, mse, 3, 2) for mse in losses]) == ""


# ---- gradients that are never cleared ----------------------------------------------------------


def test_gradients_that_pile_up_are_told_where_they_do() -> None:
    words = run(update(clears=False), 3e-4).diagnosis.words
    assert (
        "Does it clear the gradient? After an update model.w.grad and model.b.grad still" in words
    )
    assert "Besides, the learning rate, 3e-4" in words


@pytest.mark.parametrize("rate", [1e-5, 1e-4])
def test_gradients_that_pile_up_are_told_where_the_loss_only_swings(rate: float) -> None:
    """It grows by leaps and falls again, so it does not just grow; the run ends far above."""
    trainer = run(update(clears=False), rate)
    assert trainer.status == "finished"
    assert trainer.loss() > 33_150
    words = trainer.diagnosis.words
    assert re.search(r"The run ended with a loss over all rows of .*, above the 33,150", words)
    assert (
        "Does it clear the gradient? After an update model.w.grad and model.b.grad still" in words
    )
    trainer.back()
    assert trainer.diagnosis.words == ""


@pytest.mark.parametrize("rate", [1e-8, 1e-7, 1e-6])
def test_gradients_that_pile_up_are_told_where_the_loss_falls_all_the_same(rate: float) -> None:
    trainer = crops(update(clears=False), rate)
    trainer.step(count=249)
    assert trainer.loss() < 33_150
    assert trainer.diagnosis.kind == "", (
        "a run may be meant to gather gradients; at its end it is not"
    )
    trainer.step()
    words = trainer.diagnosis.words
    assert re.search(r"fell from 33,150 to .*, but not by gradient descent\. Does it clear", words)
    assert "each step uses the sum of all gradients so far. Clear it after the step" in words


CLEARS_FIRST: dict[str, Callable[[torch.Tensor], Any]] = {
    "zeros": lambda tensor: tensor.grad is not None and tensor.grad.zero_(),
    "none": lambda tensor: setattr(tensor, "grad", None),
}


@pytest.mark.parametrize("how", CLEARS_FIRST)
@pytest.mark.parametrize("rate", [1e-7, 1e-5])
@pytest.mark.parametrize("factor", [1, 6])
@pytest.mark.parametrize("velocity", [0, 0.9])
def test_gradients_that_are_cleared_as_an_update_begins_are_not_blamed(
    how: str, rate: float, factor: float, velocity: float
) -> None:
    """Their last ones are left on the model; momentum of one's own is no sum of gradients."""
    kept: dict[str, Any] = {}

    def clears_first(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        for tensor in (model.w, model.b):
            CLEARS_FIRST[how](tensor)
        loss = factor * ((model(x) - y) ** 2).mean()
        loss.backward()
        yield "backward"
        with torch.no_grad():
            for name in ("w", "b"):
                tensor = getattr(model, name)
                kept[name] = velocity * kept.get(name, 0) + tensor.grad
                tensor -= learning_rate / factor * kept[name]
        return loss.item()

    trainer = run(clears_first, rate)
    assert trainer.status == "finished"
    words = trainer.diagnosis.words
    assert "Does it clear" not in words
    assert "not by gradient descent" not in words


def test_the_question_is_not_asked_where_gradients_are_cleared() -> None:
    for function in (update(), update(w=1, b=1), mistaken.by_hand, *MANNERLY):
        trainer = run(function, 3e-4)
        asked = "Does it clear" in trainer.diagnosis.words
        assert asked == (function.__name__ == "never_clears"), function


# ---- another loss, another model ---------------------------------------------------------------


def one_feature(slope: float = 2.0) -> Table:
    x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])
    return Table.of((x, slope * x[:, 0] + [1.1, 0.9, 1.2, 1.0, 1.1, 0.8]))


@pytest.mark.parametrize("function", mistaken.SPREADS.values(), ids=mistaken.SPREADS)
def test_a_loss_of_all_pairs_of_rows_is_named(function: Any) -> None:
    trainer = Trainer(one_feature(), update=function, learning_rate=1e-2)
    trainer.run()
    assert trainer.status == "finished"
    assert trainer.loss() > 100 * trainer.insight.least_squares.loss
    found = trainer.diagnosis
    assert found.kind == "loss"
    assert "spreads the shapes (3, 1) and (3,) to (3, 3)" in found.words
    assert "same shape" in found.words
    assert found.safe_rate is None


def test_a_loss_of_all_pairs_is_named_where_it_diverges_as_well() -> None:
    trainer = Trainer(one_feature(), update=mistaken.SPREADS["squeeze"], learning_rate=10.0)
    trainer.run()
    assert trainer.diagnosis.kind == "diverged"
    assert "spreads the shapes (3, 1) and (3,) to (3, 3)" in trainer.diagnosis.words


@pytest.mark.parametrize("function", mistaken.UNSQUARED.values(), ids=mistaken.UNSQUARED)
@pytest.mark.parametrize("table", [crop_yields(), one_feature()], ids=["crops", "one feature"])
def test_differences_that_are_not_squared_are_named(function: Any, table: Table) -> None:
    trainer = Trainer(table, update=function, learning_rate=1e-2)
    trainer.run()
    assert trainer.diagnosis.kind == "loss"
    assert "not of their squares" in trainer.diagnosis.words
    assert "negative loss" not in trainer.diagnosis.words


@pytest.mark.parametrize("function", [mistaken.replaces, mistaken.empties])
@pytest.mark.parametrize("table", [crop_yields(), one_feature()], ids=["crops", "one feature"])
def test_w_and_b_that_do_not_go_on_from_what_they_were_are_named(
    function: Any, table: Table
) -> None:
    trainer = Trainer(table, update=function, learning_rate=1e-5)
    trainer.run()
    assert trainer.diagnosis.kind == "loss"
    empties = function is mistaken.empties
    said = "are 0, whatever they were before" if empties else "do not go on from what they were"
    assert said in trainer.diagnosis.words
    assert ("`model.w.grad.zero_()`" in trainer.diagnosis.words) == empties
    assert ("Write `-=`" in trainer.diagnosis.words) != empties


@pytest.mark.parametrize(
    "function",
    [
        mistaken.compares(lambda made, y: (made - y).abs().mean()),
        mistaken.compares(torch.nn.functional.huber_loss),
        mistaken.compares(lambda made, y: ((made - y) ** 2).mean()),
    ],
    ids=["absolute", "huber", "mean"],
)
@pytest.mark.parametrize("slope", [2.0, -40.0])
def test_other_losses_are_no_mistake(function: Any, slope: float) -> None:
    trainer = Trainer(one_feature(slope), update=function, learning_rate=1e-3)
    for _ in trainer:
        assert trainer.diagnosis.kind == "", trainer.diagnosis.words


# ---- no false alarms ---------------------------------------------------------------------------


@pytest.mark.parametrize("function", [gradient_update, update(), *INNOCENT, *MANNERLY, *CHANGING])
@pytest.mark.parametrize("rate", [pytest.param(1e-7, marks=pytest.mark.slow), 1e-5])
def test_nothing_is_said_of_an_update_that_is_right(function: Any, rate: float) -> None:
    trainer = crops(function, rate)
    for made, _ in enumerate(trainer, 1):
        if made > 20 and made % 10:  # each look costs more than an update
            continue
        if trainer.diagnosis.kind == "growing":
            assert function in {*MANNERLY, *CHANGING}, "of a loss or a step of their own"
            return
        assert trainer.diagnosis.kind == "", (trainer.position, trainer.diagnosis.words)


def perfect() -> Table:
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    return Table.of((x, 2 * x + 1))


@pytest.mark.parametrize("function", [gradient_update, update(), mistaken.rebinds_locals])
def test_a_table_at_its_optimum_at_the_start_is_no_mistake(function: Any) -> None:
    trainer = Trainer(perfect(), update=function, learning_rate=0.05)
    trainer.set(w=[[2.0]], b=[1.0])
    trainer.run()
    assert trainer.diagnosis.kind == ""


@pytest.mark.slow
@pytest.mark.parametrize("function", [gradient_update, update()])
def test_a_run_that_has_arrived_is_no_mistake(function: Any) -> None:
    trainer = Trainer(perfect(), update=function, learning_rate=0.05, epochs=3000)
    trainer.run()
    w = trainer.model.w.clone()
    trainer.step(count=40)
    assert torch.equal(trainer.model.w, w), "it has arrived"
    assert trainer.diagnosis.kind == ""
    trainer.change(learning_rate=1e-9)
    trainer.step(count=40)
    assert trainer.diagnosis.kind == ""


# ---- at which price ----------------------------------------------------------------------------


def test_a_good_run_is_diagnosed_without_another_update() -> None:
    counted = Counted(update())
    trainer = crops(counted.update)
    for made, _ in enumerate(trainer, 1):
        assert trainer.diagnosis.kind == ""
        assert counted.calls == made


@pytest.mark.parametrize(
    ("function", "rate", "again"),
    [
        (update(w=1, b=1), 1e-5, 1),
        (mistaken.rebinds_locals, 1e-5, 1),
        (update(backward=lambda difference: (difference**2).sum()), 1e-4, 1),
        (update(clears=False), 3e-4, 2),
    ],
)
def test_what_is_wrong_is_found_out_once(function: Any, rate: float, again: int) -> None:
    counted = Counted(function)
    trainer = crops(counted.update, rate)
    for _ in trainer:
        assert isinstance(trainer.diagnosis.words, str)
    calls = counted.calls
    for _ in range(3):
        assert trainer.diagnosis.kind
    assert counted.calls == calls
    bare = Counted(function)
    crops(bare.update, rate).run()
    same = Counted(function)
    other = crops(same.update, rate)
    other.run()
    before = same.calls
    assert other.diagnosis.kind
    assert same.calls == before + again


def test_a_diagnosis_leaves_no_trace_in_the_run() -> None:
    trainer = crops(update(w=1, b=1))
    trainer.step(count=12)
    w, losses = trainer.model.w.clone(), trainer.recording.losses.copy()
    assert trainer.diagnosis.kind
    assert torch.equal(trainer.model.w, w)
    assert (trainer.recording.losses == losses).all()
    trainer.step("phase")
    assert trainer.diagnosis.kind
    assert trainer.position.phase == "backward"
    twin = copy.deepcopy(trainer)
    assert twin.diagnosis == trainer.diagnosis


def test_a_function_that_fails_when_made_again_is_not_blamed() -> None:
    made = []

    def once(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        made.append(1)
        if len(made) > 30:
            raise RuntimeError("enough")
        return (yield from mistaken.rebinds_locals(model, x, y, learning_rate))

    trainer = crops(once)
    trainer.step(count=30)
    assert trainer.diagnosis.kind == ""
