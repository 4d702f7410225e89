"""Updates that fail or leave what cannot be used: what is said, and what is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.schedule import Position
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.training.oracle import same_model, state_of

FAILING: list[int] = []  # the number of updates before the one that is to fail, if any is


def fails_in(phase: str) -> Callable[..., Any]:
    def failing(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        def maybe(here: str) -> None:
            if here == phase and [model.count] == FAILING:
                raise ZeroDivisionError("the trap is shut")

        model.count = getattr(model, "count", -1) + 1
        maybe("begin")
        loss = mse_loss(model(x), y)
        yield "loss"
        loss.backward()
        maybe("backward")
        yield "backward"
        with torch.no_grad():
            model.w -= model.w.grad * learning_rate
            maybe("update")
            model.b -= model.b.grad * learning_rate
        yield "update"
        model.w.grad.zero_()
        maybe("zero")
        model.b.grad.zero_()
        return loss.item()

    return failing


@pytest.fixture(autouse=True)
def no_trap() -> None:
    FAILING.clear()


GOES: dict[str, Callable[[Trainer], object]] = {
    "phase": lambda trainer: trainer.step("phase", 9),
    "update": lambda trainer: trainer.step("update", 9),
    "epoch": lambda trainer: trainer.step("epoch", 9),
    "run": Trainer.run,
    "advance": lambda trainer: trainer.advance(60),
}


@pytest.mark.parametrize("phase", ["begin", "backward", "update", "zero"])
@pytest.mark.parametrize("go", GOES)
@pytest.mark.clock
def test_a_failing_update_is_named_and_the_state_before_it_kept(phase: str, go: str) -> None:
    trainer = crops(update=fails_in(phase), epochs=10)
    trainer.step(count=7)
    whole = crops(epochs=10)
    whole.step(count=8)
    FAILING[:] = [8]
    with pytest.raises(UpdateError, match="update 9 failed in failing, line") as error:
        GOES[go](trainer)
    assert "ZeroDivisionError: the trap is shut. The state before" in str(error.value)
    assert error.value.source == f'maybe("{phase}")'
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert lines[error.value.line - 1].strip() == error.value.source  # type: ignore[operator]
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    assert (trainer.status, trainer.failure) == ("failed", error.value)
    assert trainer.position == Position(8, None, 1, 3)
    assert same_model(trainer, whole)
    assert torch.is_grad_enabled()

    with pytest.raises(UpdateError):  # and again
        trainer.step()
    assert trainer.status == "failed"
    FAILING.clear()
    trainer.step()  # mended
    assert (trainer.status, trainer.failure, trainer.position.update) == ("paused", None, 9)
    trainer.run()
    whole.run()
    assert same_model(trainer, whole)
    assert trainer.recording.losses.tobytes() == whole.recording.losses.tobytes()


def empty() -> Any:
    return next(iter(()))


def raises_bare(_: Any) -> Any:
    raise KeyError


MORE = "StopIteration: next[(][)] was asked for more than there is"
EXHAUSTED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "next(iter(()))": (MORE, lambda _: next(iter(()))),
    "in a function": (MORE, lambda _: empty()),
    "of a tensor": (MORE, lambda x: next(iter(x[:0]))),
    "a value": ("StopIteration: 3", lambda _: next(ended())),
    "no words": ("KeyError[.] The state", raises_bare),
}


def ended() -> Any:
    return 3
    yield


@pytest.mark.parametrize("how", EXHAUSTED)
@pytest.mark.parametrize("by", ["phase", "update"])
def test_an_iterator_that_has_ended_is_told_with_its_line(how: str, by: Any) -> None:
    words, act = EXHAUSTED[how]

    def asks_for_more(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "first"
        act(x)  # here
        return 1.0

    trainer = crops(update=asks_for_more)
    with pytest.raises(UpdateError, match=f"failed in asks_for_more, line .*{words}") as error:
        trainer.step(by, 2)
    assert error.value.source == "act(x)  # here"
    assert trainer.position.update == 0


def test_a_failure_past_the_end_makes_the_run_no_longer() -> None:
    trainer = crops(update=fails_in("update"), epochs=2)
    trainer.run()
    FAILING[:] = [10]
    with pytest.raises(UpdateError):
        trainer.step()
    assert (trainer.settings.epochs, trainer.total) == (2, 10)
    FAILING[:] = [12]
    with pytest.raises(UpdateError):
        trainer.step("epoch")
    assert (trainer.position.update, trainer.settings.epochs) == (12, 3)


def test_going_back_clears_a_failure() -> None:
    trainer = crops(update=fails_in("update"))
    trainer.step(count=3)
    FAILING[:] = [3]
    with pytest.raises(UpdateError):
        trainer.run()
    FAILING.clear()
    trainer.back()
    assert (trainer.status, trainer.failure, trainer.position.update) == ("paused", None, 2)


def in_no_grad(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    with torch.no_grad():
        model.w -= model.w.grad * learning_rate
        yield "update"
    return loss.item()


@pytest.mark.parametrize("caller_learns", [True, False])
@pytest.mark.parametrize("by", ["phase", "update"])
def test_a_yield_inside_no_grad_is_refused_and_leaks_nothing(
    by: Any, *, caller_learns: bool
) -> None:
    trainer = crops(update=in_no_grad)
    start = state_of(trainer.model)
    with torch.set_grad_enabled(caller_learns):
        with pytest.raises(
            UpdateError, match=r"yields in line .*inside `with torch.no_grad"
        ) as error:
            trainer.step(by)
        assert torch.is_grad_enabled() is caller_learns
        del error
        trainer.reset()
        assert torch.is_grad_enabled() is caller_learns
    assert torch.is_grad_enabled()
    assert state_of(trainer.model) == start


def leaves_a_block_open(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    with torch.enable_grad():
        yield "inside"
    return (yield from gradient_update(model, x, y, learning_rate))


def test_leaving_a_suspended_update_does_not_switch_the_callers_gradients_on() -> None:
    with torch.no_grad():
        trainer = crops(update=leaves_a_block_open)
        ways: list[Callable[[], object]] = [trainer.back, trainer.reset, lambda: trainer.seek(0)]
        for leave in ways:
            trainer.step("phase")
            leave()
            assert not torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("returned", "shown"),
    [(None, "None"), ("3.5", "'3.5'"), (torch.ones(2), "tensor"), ([1.0], r"\[1.0\]"), (1j, "1j")],
    ids=str,
)
def test_an_update_that_returns_no_number_is_refused(returned: Any, shown: str) -> None:
    def returning(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "phase"
        return returned

    trainer = crops(update=returning)
    ways: list[Callable[[], object]] = [
        trainer.step,
        lambda: trainer.step("phase", 2),
        trainer.run,
    ]
    for go in ways:
        with pytest.raises(UpdateError, match=f"returned {shown}.*`return loss.item"):
            go()
        assert (trainer.position, trainer.status) == (Position(0, None, 0, 0), "failed")


@pytest.mark.parametrize("number", [2, np.float32(2), torch.tensor(2.0), torch.tensor([[2.0]])])
def test_numbers_of_any_kind_may_be_returned(number: Any) -> None:
    if isinstance(number, torch.Tensor):
        number = number.clone().requires_grad_()  # `return loss`, without .item()

    def returning(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "phase"
        return number

    trainer = crops(update=returning)
    trainer.step(count=2)
    trainer.back()
    assert trainer.recording.losses.tolist() == [2, 2]


def plain(model: Any, x: Any, y: Any, learning_rate: float) -> float:
    return 1.0


def three(model: Any, x: Any, y: Any) -> Any:
    yield "phase"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (plain, "must be a generator function"),
        (torch.optim.SGD, "must be a generator function"),
        (None, "must be a generator function"),
        ("gradient_update", "must be a generator function"),
        (three, "cannot be called as three.*too many positional arguments"),
    ],
    ids=["no yield", "a class", "None", "a text", "three parameters"],
)
def test_an_update_that_can_be_none_is_refused_at_once(function: Any, words: str) -> None:
    with pytest.raises(UpdateError, match=words):
        crops(update=function)


def test_torchs_own_words_reach_the_learner() -> None:
    def without_no_grad(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        model.w -= model.w.grad * learning_rate
        return loss.item()

    def without_t(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "begin"
        return mse_loss(x @ model.w + model.b, y).item()

    def rebinding(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        with torch.no_grad():
            model.w = model.w - model.w.grad * learning_rate
        yield "update"
        return loss.item()

    for function, count, words in (
        (without_no_grad, 1, "a leaf Variable that requires grad"),
        (without_t, 1, "shapes cannot be multiplied"),
        (rebinding, 2, "NoneType"),
    ):
        trainer = crops(update=function)
        with pytest.raises(UpdateError, match=words):
            trainer.step(count=3)
        assert trainer.position.update == count - 1


def leaving(name: str, make: Any, *, late: bool = False) -> Any:
    """An update function that leaves another thing as w or b, in its fourth update."""

    def update(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield from gradient_update(model, x, y, learning_rate)
        model.count = getattr(model, "count", 0) + 1
        if model.count > 3:
            if make is None:
                delattr(model, name)
            else:
                setattr(model, name, make(getattr(model, name)))
            if not late:
                yield "left"
        return 1.0

    return update


class Meddled(NamedTuple):
    """What a cell does to w or b between two updates, and what is said of it."""

    do: Callable[[Any], object]
    words: str


@pytest.mark.parametrize("before", [0, 1, 7])
@pytest.mark.parametrize("go", ["run", "step", "advance", "phases", "loss"])
@pytest.mark.parametrize(
    "meddled",
    [
        Meddled(lambda model: setattr(model, "b", torch.nn.Parameter(torch.zeros(7))), "b the sh"),
        Meddled(lambda model: delattr(model, "b"), "deleted model.b"),
        Meddled(lambda model: setattr(model.w, "data", torch.zeros(5, 5)), r"w the shape \(5, 5\)"),
        Meddled(lambda model: setattr(model.w, "data", model.w.data.double()), "w torch.float64"),
        Meddled(lambda model: setattr(model, "w", [1, 2]), "w a list"),
    ],
)
@pytest.mark.clock
def test_a_w_or_b_that_a_cell_spoilt_is_refused_and_as_before_again(
    meddled: Meddled, go: str, before: int
) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    for _ in range(before):
        trainer.step()
    good = Trainer(crop_yields(), learning_rate=1e-5)
    good.step(count=before + 1)
    ways: dict[str, Any] = {
        "run": trainer.run,
        "step": trainer.step,
        "advance": lambda: trainer.advance(1e6),
        "phases": lambda: trainer.step("phase"),
        "loss": trainer.loss,
    }
    meddled.do(trainer.model)
    with pytest.raises(UpdateError, match=meddled.words):
        ways[go]()
    if go == "loss":
        with pytest.raises(UpdateError, match=meddled.words):
            trainer.step()
    assert (trainer.status, trainer.position.update) == ("failed", before)
    trainer.step()
    assert trainer.position.update == before + 1
    assert trainer.model.w.tolist() == good.model.w.tolist()
    assert trainer.model.b.tolist() == good.model.b.tolist()


@pytest.mark.parametrize("go", ["run", "step"])
def test_a_w_that_a_cell_froze_stays_as_in_the_plain_loop(go: str) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=10)
    trainer.step()
    frozen = trainer.model.w.tolist()
    trainer.model.w.requires_grad_(False)  # noqa: FBT003 - its gradient stays, and is zero
    trainer.run() if go == "run" else trainer.step(count=49)
    plain = Trainer(crop_yields(), learning_rate=1e-5, epochs=10)
    assert trainer.position.update == 50
    assert trainer.model.w.tolist() == frozen
    assert not trainer.model.w.requires_grad
    trainer.reset()
    trainer.run()
    plain.run()
    assert trainer.model.w.tolist() == plain.model.w.tolist() != frozen


def swapped(w: torch.Tensor) -> torch.Tensor:
    w.data = w.data.t().contiguous()
    return w


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("go", ["run", "step", "advance", "phases"])
@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("w", lambda w: w.detach().t().requires_grad_(), r"model.w the shape \(3, 2\).*\(2, 3\)"),
        ("w", swapped, r"model.w the shape \(3, 2\).*\(2, 3\)"),
        ("b", lambda b: b.sum(), r"model.b the shape \(\).*\(2,\)"),
        ("w", lambda w: w.double(), r"model.w torch.float64.*stay a float32 tensor"),
        ("b", lambda b: b.tolist(), r"model.b a list.*shape \(2,\)"),
        ("w", None, r"deleted model.w.*shape \(2, 3\)"),
    ],
)
@pytest.mark.clock
def test_a_w_or_b_that_does_not_fit_is_refused_at_that_update(
    name: str, make: Any, words: str, go: str, *, late: bool
) -> None:
    trainer = Trainer(crop_yields(), update=leaving(name, make, late=late), learning_rate=1e-5)
    ways: dict[str, Any] = {
        "run": trainer.run,
        "step": lambda: trainer.step(count=9),
        "advance": lambda: trainer.advance(1e6),
        "phases": lambda: trainer.step("phase", 99),
    }
    with pytest.raises(UpdateError, match=words):
        ways[go]()
    assert (trainer.status, trainer.position.update, len(trainer.recording)) == ("failed", 3, 3)
    good = Trainer(crop_yields(), learning_rate=1e-5)
    good.step(count=3)
    assert trainer.model.w.tolist() == good.model.w.tolist()
    assert trainer.model.b.tolist() == good.model.b.tolist()
    assert math.isfinite(trainer.loss())
    trainer.back()
    assert trainer.position.update == 2
