"""Whole updates, made without a stop at their phases."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import torch

from linreg_widget import (
    LinearRegression,
    Trainer,
    UpdateError,
    crop_yields,
    gradient_update,
    model,
)
from linreg_widget.microscope import drain, straight

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Bits = tuple[bytes, ...]


def bits_after(update: Callable[..., float], x: torch.Tensor, y: torch.Tensor) -> Bits:
    """Return loss, w, b and their gradients after one update."""
    numbers = torch.Generator().manual_seed(1)
    shape = y.shape[1], x.shape[1]
    trained = LinearRegression(
        torch.randn(*shape, generator=numbers), torch.randn(shape[0], generator=numbers)
    )
    loss = torch.tensor(update(trained, x, y, 0.01))
    both = trained.w, trained.b
    kept = [loss, *both, *(one.grad for one in both if one.grad is not None)]
    return tuple(one.detach().numpy().tobytes() for one in kept)


@pytest.mark.parametrize("shape", [(3, 3, 2), (1, 1, 1), (64, 20, 5)])
def test_the_lessons_update_is_the_same_to_the_last_bit(shape: tuple[int, int, int]) -> None:
    rows, features, targets = shape
    x, y = torch.randn(rows, features), torch.randn(rows, targets)
    drained = bits_after(lambda *given: drain(gradient_update(*given)), x, y)
    assert len(drained) == 5
    assert bits_after(straight(gradient_update), x, y) == drained


def test_the_lessons_update_runs_its_own_lines_without_stops() -> None:
    whole: Any = straight(gradient_update)
    assert not inspect.isgeneratorfunction(whole)
    assert "yield" in inspect.getsource(gradient_update)
    assert whole.__code__.co_filename == gradient_update.__code__.co_filename
    assert whole.__code__.co_firstlineno == gradient_update.__code__.co_firstlineno
    lines, first = inspect.getsourcelines(gradient_update)
    run = {line for _, _, line in whole.__code__.co_lines() if line is not None}
    code = {first + at for at, line in enumerate(lines) if line.strip().startswith("yield")}
    assert len(code) == 4
    assert not run & code


def test_an_error_names_the_line_of_the_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> torch.Tensor:
        raise ArithmeticError("no such loss")

    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    monkeypatch.setattr(model, "mse_loss", broken)
    with pytest.raises(UpdateError, match="no such loss") as caught:
        trainer.run()
    lines, first = inspect.getsourcelines(gradient_update)
    assert caught.value.line is not None
    assert "mse_loss(predictions, y)" in lines[caught.value.line - first]


def test_code_whose_source_is_another_is_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(
        trained: LinearRegression, x: torch.Tensor, y: torch.Tensor, learning_rate: float
    ) -> Generator[str, None, float]:
        yield "nothing"
        return learning_rate

    x, y = torch.ones(3, 3), torch.ones(3, 2)
    lesson = bits_after(straight(gradient_update), x, y)
    with monkeypatch.context() as patched:
        patched.setattr(gradient_update, "__code__", changed.__code__)  # as autoreload does
        assert straight(gradient_update)(None, x, y, 0.25) == 0.25  # type: ignore[arg-type]
    assert bits_after(straight(gradient_update), x, y) == lesson


def test_without_its_source_the_lesson_is_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = inspect.getmodule(straight)
    x, y = torch.ones(3, 3), torch.ones(3, 2)
    lesson = bits_after(straight(gradient_update), x, y)
    monkeypatch.setattr(inspect, "getsource", _unreadable)
    known._without_stops.cache_clear()
    try:
        drained: Any = straight(gradient_update)
        assert drained.__code__ is not gradient_update.__code__
        assert drained.__name__ == "<lambda>"
        assert bits_after(drained, x, y) == lesson
    finally:
        known._without_stops.cache_clear()


def _unreadable(_thing: object) -> str:
    raise OSError("could not get source code")
