"""Frames: every number of every phase against the formula; how much of a large table is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.model import mse_loss
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.microscope.looking import Shown, look
from tests.training import mistaken, updates

PHASES = ["", "predict", "loss", "backward", "update", "zero"]
RATE = 1e-5


class Hand:
    """One update of the article worked out with NumPy in float64, by the formulas."""

    def __init__(self, trainer: Trainer, rows: list[str]) -> None:
        table = trainer.table
        which = [table.row_names.index(row) for row in rows]
        self.x = table.inputs[which].astype(np.float64)
        if trainer.settings.standardize:
            everything = table.inputs.astype(np.float64)
            self.x = (self.x - everything.mean(0)) / everything.std(0)
        self.y = table.targets[which].astype(np.float64)
        self.w = trainer.model.w.detach().numpy().astype(np.float64).copy()
        self.b = trainer.model.b.detach().numpy().astype(np.float64).copy()
        self.predictions = self.x @ self.w.T + self.b
        error = self.predictions - self.y
        self.loss = (error**2).mean()
        self.w_grad = 2 / error.size * error.T @ self.x
        self.b_grad = 2 / error.size * error.sum(axis=0)
        self.new_w = self.w - RATE * self.w_grad
        self.new_b = self.b - RATE * self.b_grad


def close(shown: np.ndarray, by_hand: Any) -> bool:
    return np.allclose(shown, np.atleast_2d(by_hand), rtol=2e-6, atol=2e-6 * np.abs(by_hand).max())


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("before", [0, 1, 7])
def test_every_number_of_every_phase_is_what_the_formulas_say(
    before: int,
    standardize: bool,  # noqa: FBT001
) -> None:
    trainer = crops(standardize=standardize)
    if before:
        trainer.step(count=before)
    trainer.step("phase")
    rows = look(trainer).rows
    trainer.back("phase")
    hand = Hand(trainer, rows)
    for number, phase in enumerate(PHASES[1:], start=1):
        trainer.step("phase")
        shown = look(trainer)
        assert (shown.update, shown.phase, shown.rows) == (before + 1, phase, rows)
        assert shown.ended == (phase == "zero")
        assert close(shown.numbers("x"), hand.x)
        assert close(shown.numbers("y"), hand.y)
        assert shown.numbers("learning_rate")[0, 0] == RATE
        assert close(shown.numbers("predictions"), hand.predictions)
        if number < 2:
            assert shown.tensor("loss")["state"] == "later"
        else:
            assert close(shown.numbers("loss"), hand.loss)
        if number < 3:
            assert shown.tensor("w.grad")["state"] == ("value" if before else "none")
            if before:
                assert not shown.numbers("w.grad").any()
        elif number < 5:
            assert close(shown.numbers("w.grad"), hand.w_grad)
            assert close(shown.numbers("b.grad"), hand.b_grad)
        else:
            assert not shown.numbers("w.grad").any()
            assert close(shown.numbers("w.grad", "old"), hand.w_grad)
            assert close(shown.numbers("b.grad", "old"), hand.b_grad)
        if number < 4:
            assert close(shown.numbers("w"), hand.w)
            assert close(shown.numbers("b"), hand.b)
        else:
            assert close(shown.numbers("w"), hand.new_w)
            assert close(shown.numbers("b"), hand.new_b)
            assert close(shown.numbers("w", "old"), hand.w)
            assert close(shown.numbers("b", "old"), hand.b)


def test_what_the_last_phase_changed_is_marked_and_what_earlier_ones_did_too() -> None:
    trainer = crops()
    assert (look(trainer).changed(), look(trainer).changed("earlier")) == (set(), set())
    seen = []
    for _ in PHASES[1:]:
        trainer.step("phase")
        seen.append((look(trainer).changed(), look(trainer).changed("earlier")))
    gradients, parameters = {"w.grad", "b.grad"}, {"w", "b"}
    assert seen == [
        ({"predictions"}, set()),
        ({"loss"}, {"predictions"}),
        (gradients, {"predictions", "loss"}),
        (parameters, {"predictions", "loss", *gradients}),
        (gradients, {"predictions", "loss", *parameters}),
    ]
    trainer.step("phase")
    assert look(trainer).changed() == {"predictions"}
    trainer.step("phase", 2)
    assert not look(trainer).tensor("w.grad")["was_none"]
    trainer.seek(0, "backward")
    assert look(trainer).tensor("w.grad")["was_none"]


def test_before_the_first_update_its_batch_waits_and_gradients_are_none() -> None:
    trainer = crops()
    shown = look(trainer)
    assert (shown.update, shown.phase, shown.ended, shown.done) == (1, "", False, None)
    states = {tensor["name"]: tensor["state"] for tensor in shown.tensors}
    assert states == {
        "x": "value",
        "y": "value",
        "predictions": "later",
        "loss": "later",
        "w": "value",
        "b": "value",
        "w.grad": "none",
        "b.grad": "none",
        "learning_rate": "value",
    }
    assert list(states) == shown.names
    trainer.change(learning_rate=3e-5, batch_size=2)
    shown = look(trainer)
    assert shown.numbers("learning_rate")[0, 0] == 3e-5
    assert shown.tensor("x")["shape"] == (2, 3)
    trainer.step()
    assert look(trainer).rows == shown.rows
    assert trainer.settings.learning_rate == 3e-5


@pytest.mark.clock
def test_a_moment_looks_the_same_from_wherever_it_is_reached() -> None:
    def everything(trainer: Trainer) -> tuple[str, bytes]:
        shown = look(trainer)
        return json.dumps(shown.words), shown.data

    direct = crops()
    by_update = []
    for _ in range(40):
        by_update.append(everything(direct))
        direct.step()
    other = crops()
    other.run()
    for update in (39, 1, 30, 5, 4, 10, 0, 25, 15):
        other.seek(update)
        assert everything(other) == by_update[update]
    other.seek(7, "backward")
    backward = everything(other)
    other.step("phase")
    other.step("phase")
    assert everything(other) == by_update[8]
    other.back("phase", 2)
    assert everything(other) == backward
    sliced = crops()
    while sliced.position.update < 39:
        sliced.advance(0.002, 39 - sliced.position.update)
    assert everything(sliced) == by_update[39]
    iterated = crops()
    for here in iterated:
        if here.update == 25:
            break
    assert everything(iterated) == by_update[25]


def test_the_tensors_shown_are_the_models() -> None:
    trainer = crops()
    trainer.run(3)
    for phase in ("predict", "loss", "backward", "update"):
        for update in (12, 3, 0):
            trainer.seek(update, phase)
            shown, model = look(trainer), trainer.model
            assert shown.numbers("w").tobytes() == model.w.detach().numpy().tobytes()
            assert shown.numbers("b").tobytes() == model.b.detach().numpy().tobytes()
            if model.w.grad is not None:
                assert shown.numbers("w.grad").tobytes() == model.w.grad.numpy().tobytes()


def test_axes_have_the_names_of_rows_features_and_targets() -> None:
    trainer = crops()
    trainer.step()
    shown = look(trainer)
    axes = {tensor["name"]: tensor["axes"] for tensor in shown.tensors}
    assert axes == {
        "x": ("rows", "features"),
        "y": ("rows", "targets"),
        "predictions": ("rows", "targets"),
        "loss": ("", ""),
        "w": ("targets", "features"),
        "b": ("", "targets"),
        "w.grad": ("targets", "features"),
        "b.grad": ("", "targets"),
        "learning_rate": ("", ""),
    }


def test_axes_are_right_where_all_sizes_are_equal() -> None:
    numbers = np.arange(18, dtype=np.float32).reshape(3, 6)
    trainer = Trainer((numbers[:, :3], numbers[:, 3:]), batch_size=3)
    trainer.step()
    axes = {tensor["name"]: tensor["axes"] for tensor in look(trainer).tensors}
    assert axes["x"] == ("rows", "features")
    assert axes["y"] == axes["predictions"] == ("rows", "targets")
    assert axes["w"] == axes["w.grad"] == ("targets", "features")
    assert axes["b"] == ("", "targets")
    assert look(trainer).rows[0].startswith("row ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "features", "outputs", "batch"),
    [(1000, 100, 1, 64), (1000, 100, 1, 1000), (1000, 100, 10, 64), (500, 300, 300, 500)],
)
def test_a_frame_of_a_large_table_stays_small(
    rows: int, features: int, outputs: int, batch: int
) -> None:
    numbers = np.random.default_rng(0).normal(size=(rows, features + outputs)).astype(np.float32)
    trainer = Trainer((numbers[:, :features], numbers[:, features:]), batch_size=batch)
    for _ in PHASES[1:]:
        trainer.step("phase")
        shown = look(trainer)
        assert len(shown.data) + len(json.dumps(shown.words)) < 50_000
        for tensor in shown.tensors:
            if tensor["state"] != "value":
                continue
            sent = shown.numbers(tensor["name"]).shape
            for size, all_of_it in zip(sent[::-1], tensor["shape"][::-1], strict=False):
                assert min(8, all_of_it) <= size <= all_of_it
    w = shown.numbers("w")
    assert w.tobytes() == trainer.model.w.detach().numpy()[: w.shape[0], : w.shape[1]].tobytes()
    assert shown.tensor("x")["shape"] == (min(rows, batch), features)


def test_numbers_that_are_not_finite_arrive_as_they_are() -> None:
    trainer = crops(learning_rate=1e20)
    trainer.run()
    assert trainer.status == "diverged"
    shown = look(trainer)
    json.dumps(shown.words, allow_nan=False)
    assert not np.isfinite(shown.numbers("loss")).all() or not np.isfinite(shown.numbers("w")).all()
    trainer.back()
    assert np.isfinite(look(trainer).numbers("w")).all()


# ---- update functions of one's own ---------------------------------------------------------------


def step_phases(trainer: Trainer, count: int) -> list[Shown]:
    found = []
    for _ in range(count):
        trainer.step("phase")
        found.append(look(trainer))
    return found


def test_momentum_is_shown_with_its_velocity_and_its_own_locals() -> None:
    def with_momentum(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        momentum = 0.9
        if not hasattr(model, "velocity"):
            model.velocity = torch.zeros_like(model.w)
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        with torch.no_grad():
            model.velocity = momentum * model.velocity + model.w.grad
            model.w -= learning_rate * model.velocity
            model.b -= learning_rate * model.b.grad
            model.w.grad.zero_()
            model.b.grad.zero_()
        yield "update"
        return loss.item()

    trainer = Trainer(crop_yields(), learning_rate=RATE, update=with_momentum)
    backward, update, end = step_phases(trainer, 3)
    assert backward.tensor("velocity")["axes"] == ("targets", "features")
    assert not backward.numbers("velocity").any()
    assert backward.numbers("momentum")[0, 0] == 0.9
    assert close(update.numbers("velocity"), backward.numbers("w.grad"))
    assert {"velocity", "w", "b", "w.grad", "b.grad"} == update.changed()
    assert (end.phase, end.ended) == ("return", True)
    trainer.step("phase", 2)
    second = look(trainer)
    expected = 0.9 * update.numbers("velocity") + second.numbers("w.grad", "old")
    assert close(second.numbers("velocity"), expected)


def test_tensors_in_a_list_on_the_model_are_shown() -> None:
    trainer = Trainer(crop_yields(), learning_rate=RATE, update=updates.momentum)
    trainer.step()
    shown = look(trainer)
    assert {"velocity[0]", "velocity[1]"} <= set(shown.names)
    velocity = trainer.model.velocity  # type: ignore[attr-defined]
    assert shown.numbers("velocity[0]").tobytes() == velocity[0].numpy().tobytes()


def test_without_zero_the_gradients_add_up_and_the_loss_swings() -> None:
    trainer = Trainer(crop_yields(), learning_rate=5e-5, batch_size=15, update=updates.never_clears)
    trainer.step("phase")
    first = look(trainer).numbers("w.grad").copy()
    trainer.step("phase", 3)
    second = look(trainer)
    assert second.numbers("w.grad", "old").tobytes() == first.tobytes()
    x, y = trainer.table.inputs.astype(np.float64), trainer.table.targets.astype(np.float64)
    error = x @ second.numbers("w").T.astype(np.float64) + second.numbers("b") - y
    own = 2 / error.size * error.T @ x
    assert close(second.numbers("w.grad"), first + own)
    trainer.reset()
    trainer.run(100)
    rising = np.diff(trainer.recording.losses.astype(np.float64)) > 0
    assert 0.2 < rising.mean() < 0.8  # up and down, again and again
    cleared = crops(learning_rate=5e-5, batch_size=15)
    cleared.run(100)
    assert (np.diff(cleared.recording.losses) <= 0).all()


def no_no_grad(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    yield "loss"
    loss.backward()
    yield "backward"
    model.w -= model.w.grad * learning_rate
    yield "update"
    return loss.item()


def no_t(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    predictions = x @ model.w + model.b
    yield "predict"
    loss = mse_loss(predictions, y)
    return loss.item()


@pytest.mark.parametrize(
    ("function", "phases", "line", "words"),
    [
        (no_no_grad, 2, 5, "a leaf Variable that requires grad is being used in an in-place"),
        (no_t, 0, 1, "mat1 and mat2 shapes cannot be multiplied"),
    ],
)
def test_a_failure_marks_the_line_in_torchs_own_words(
    function: Any, phases: int, line: int, words: str
) -> None:
    trainer = Trainer(crop_yields(), update=function)
    before = trainer.model.w.detach().clone()
    if phases:
        trainer.step("phase", phases)
    with pytest.raises(UpdateError, match=words):
        trainer.step("phase")
    shown = look(trainer)
    assert shown.failed == line
    assert shown.phase == ""
    assert shown.sentence == (
        "Update 1 stopped at the marked line; the numbers are those from before it."
    )
    assert shown.numbers("w").tobytes() == before.numpy().tobytes()
    trainer.back()
    assert look(trainer).failed is None


def rebinds(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w = model.w - model.w.grad * learning_rate
    yield "update"
    return loss.item()


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_rebound_w_has_no_grad_any_more() -> None:
    trainer = Trainer(crop_yields(), learning_rate=RATE, update=rebinds)
    backward, update = step_phases(trainer, 2)
    assert backward.tensor("w.grad")["state"] == "value"
    assert update.tensor("w.grad")["state"] == "none"
    assert {"w", "w.grad"} <= update.changed()
    assert "w.grad" not in {t["name"] for t in update.tensors if t["old"]}
    trainer.step("phase")
    with pytest.raises(UpdateError, match="NoneType"):
        trainer.step()
    assert look(trainer).failed == 4


def weight_decay(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    decay = 0.1
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * (model.w.grad + decay * model.w)
        model.b -= learning_rate * model.b.grad
        model.w.grad.zero_()
        model.b.grad.zero_()
    yield "update"
    return loss.item()


def test_weight_decay_pulls_the_weights_towards_zero() -> None:
    trainer = Trainer(crop_yields(), learning_rate=RATE, update=weight_decay)
    backward, update = step_phases(trainer, 2)
    w, gradient = backward.numbers("w"), backward.numbers("w.grad")
    assert close(update.numbers("w"), w - RATE * (gradient + 0.1 * w))
    assert update.numbers("decay")[0, 0] == 0.1


def odd(model: Any, x: Any, y: Any, learning_rate: float) -> Generator[str, None, float]:
    w = model.w  # the model's own tensor: shown once
    words, flag, nothing, big = "text", True, None, 10**400
    cube = torch.arange(24).reshape(2, 3, 4)
    rates = torch.tensor([1j])
    empty = torch.empty(0, 3)
    loss = mse_loss(x @ w.t() + model.b, y)
    yield "loss"
    del cube
    b = torch.ones(2)
    yield "more"
    return loss.item() + 0 * len([words, flag, nothing, big, rates, empty, b])


def test_odd_locals_do_no_harm() -> None:
    trainer = Trainer(crop_yields(), update=odd)
    first, second, _ = step_phases(trainer, 3)
    json.dumps(first.words, allow_nan=False)
    assert first.tensor("cube")["shape"] == (2, 3, 4)
    assert first.tensor("cube")["dtype"] == "int64"
    assert first.numbers("cube").shape == (6, 4)
    assert math.isinf(first.numbers("big")[0, 0])
    assert first.numbers("empty").shape == (0, 3)
    assert not {"words", "flag", "nothing", "rates", "model"} & set(first.names)
    assert first.names.count("w") == 1
    assert "cube" not in [t["name"] for t in second.tensors if t["state"] == "value"]
    assert {"b", "model.b"} <= set(second.names)
    assert second.numbers("b").tolist() == [[1, 1]]


# ---- what the tensors hold, however it was written ----------------------------------------------


def through_data(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w.data -= learning_rate * model.w.grad.data
    model.b.data -= learning_rate * model.b.grad.data
    yield "update"
    model.w.grad.data.zero_()
    model.b.grad.data.zero_()
    yield "zero"
    return loss.item()


def through_numpy(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    for tensor in (model.w, model.b):
        tensor.detach().numpy()[...] -= np.float32(learning_rate) * tensor.grad.numpy()
    yield "update"
    for tensor in (model.w, model.b):
        tensor.grad.numpy()[...] = 0
    yield "zero"
    return loss.item()


def by_swaps(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w.data = model.w.data - learning_rate * model.w.grad
    with torch.no_grad():
        model.b.set_(model.b - learning_rate * model.b.grad)
    yield "update"
    model.w.grad.data = torch.zeros_like(model.w)
    model.b.grad.set_(torch.zeros_like(model.b))
    yield "zero"
    return loss.item()


@pytest.mark.parametrize("update", [through_data, through_numpy, by_swaps])
def test_every_phase_shows_what_the_tensors_hold_whoever_wrote_it(update: Any) -> None:
    trainer = Trainer(crop_yields(), update=update, learning_rate=1e-5)
    for _ in range(2):
        trainer.step("phase")
        before, kept = trainer.model.w.detach().numpy().copy(), look(trainer)
        trainer.step("phase")
        moved = look(trainer)
        assert {"w", "b"} <= moved.changed()
        assert (moved.numbers("w") == trainer.model.w.detach().numpy()).all()
        assert (moved.numbers("w", "old") == before).all()
        assert (kept.numbers("w") == before).all()  # what was seen earlier is a copy
        assert (moved.numbers("w.grad") != 0).all()
        trainer.step("phase")
        cleared = look(trainer)
        assert {"w.grad", "b.grad"} <= cleared.changed()
        assert not cleared.numbers("w.grad").any()
        assert not cleared.numbers("b.grad").any()
        trainer.step("phase")
    there = look(trainer)
    trainer.step(count=5)
    trainer.seek(2)
    again = look(trainer)
    assert (again.words, again.data) == (there.words, there.data)


def test_local_variables_are_shown_as_the_return_left_them() -> None:
    def late(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        gradient = model.w.grad
        yield "backward"
        with torch.no_grad():
            model.w -= learning_rate * gradient
        steps = gradient * learning_rate
        gradient.data.zero_()
        return loss.item() + 0 * steps.sum().item()

    trainer = Trainer(crop_yields(), update=late, learning_rate=1e-5)
    trainer.step()
    shown = look(trainer)
    assert not shown.numbers("gradient").any()
    assert shown.numbers("steps").any()
    assert {"gradient", "steps", "w", "w.grad"} <= shown.changed()


def test_a_variable_that_takes_the_name_of_w_changes_nothing_on_the_model() -> None:
    trainer = Trainer(crop_yields(), learning_rate=RATE, update=mistaken.rebinds_locals)
    trainer.step()
    shown = look(trainer)
    assert {"w", "b"} <= shown.changed("earlier")
    assert shown.changed() == {"model.w.grad", "model.b.grad"}
    assert not {"model.w", "model.b"} & shown.changed("earlier")
    assert shown.numbers("model.w").tobytes() == trainer.model.w.detach().numpy().tobytes()
