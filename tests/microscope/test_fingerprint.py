"""An update function that is changed in place is told from one that keeps something outside."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.microscope.fingerprint import Fingerprint, same_code
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.recording import differ
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer

CHANGED = r"has changed since update \d+ was made, .*reset\(\) starts anew with the new code"


def step(model: Any, rate: float) -> None:
    with torch.no_grad():
        model.w -= rate * model.w.grad
        model.b -= rate * model.b.grad
    model.w.grad = model.b.grad = None


def fresh(scale: float = 1.0) -> Any:
    """Return an update function that nobody else has, with a helper, a default and a closure."""
    counted = 0

    def update(model: Any, x: Any, y: Any, learning_rate: float, times: float = 1.0) -> Any:
        nonlocal counted
        counted += 1
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        step(model, scale * times * learning_rate)
        return loss.item()

    return update


def half(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    step(model, learning_rate / 2)
    return loss.item()


def other(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    step(model, learning_rate / 4)
    return loss.item()


def no_generator(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    return 1.0


@pytest.fixture
def function() -> Any:
    """Return a function with the code of ``half``, which can be changed."""

    def made(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield

    made.__code__ = half.__code__
    return made


def new_code(function: Any) -> None:
    function.__code__ = other.__code__


def new_default(function: Any) -> None:
    function.__defaults__ = (2.0,)


def new_cell(function: Any) -> None:
    names = function.__code__.co_freevars
    function.__closure__[names.index("scale")].cell_contents = 0.25


@pytest.mark.parametrize("change", [new_default, new_cell])
def test_defaults_and_closure_belong_to_a_function(change: Callable[[Any], None]) -> None:
    function = fresh()
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=8)
    assert trainer.recording.codes == ((0, Fingerprint(function).now()),), "the count is no change"
    trainer.back()
    trainer.step()
    change(function)
    with pytest.raises(UpdateError, match=CHANGED):
        trainer.back()


def test_helpers_belong_to_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def longer(model: Any, rate: float) -> None:
        with torch.no_grad():
            model.w -= 2 * rate * model.w.grad
            model.b -= 2 * rate * model.b.grad
        model.w.grad = model.b.grad = None

    trainer = Trainer(crop_yields(), update=half, learning_rate=1e-5)
    trainer.step(count=8)
    monkeypatch.setattr(step, "__code__", longer.__code__)
    with pytest.raises(UpdateError, match=CHANGED):
        trainer.back()
    monkeypatch.undo()
    trainer.seek(7)
    trainer.step(count=3)


def test_time_travel_says_that_the_code_has_changed(function: Any) -> None:
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=8)
    new_code(function)
    with pytest.raises(UpdateError, match="since update 6 was made") as caught:
        trainer.back()
    assert "outside of model" not in str(caught.value)
    assert trainer.position.update == 5, "the checkpoint before"
    with pytest.raises(UpdateError, match=CHANGED):
        trainer.step()
    trainer.reset()
    trainer.step(count=8)
    trainer.back(count=3)
    assert trainer.status == "paused"


def test_one_replayed_update_whose_loss_is_the_same_is_refused_too(function: Any) -> None:
    """The loss of an update says nothing of its step."""
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=7)
    new_code(function)
    with pytest.raises(UpdateError, match="since update 6 was made"):
        trainer.seek(6)


def test_a_run_goes_on_with_new_code_and_travels_in_it(function: Any) -> None:
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=7)
    new_code(function)
    trainer.step(count=6)
    w = trainer.model.w.clone()
    assert [at for at, _ in trainer.recording.codes] == [0, 7]
    trainer.back(count=5)
    trainer.seek(7)
    trainer.step(count=6)
    assert torch.equal(trainer.model.w, w)
    trainer.seek(5)
    with pytest.raises(UpdateError, match="since update 6 was made"):
        trainer.seek(6)
    trainer.seek(13)
    assert torch.equal(trainer.model.w, w)


def test_a_change_of_settings_in_the_past_forgets_the_code_after_it(function: Any) -> None:
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=7)
    new_code(function)
    trainer.seek(5)
    trainer.change(learning_rate=2e-5)
    trainer.step(count=4)
    assert [at for at, _ in trainer.recording.codes] == [0, 5]
    trainer.back(count=2)


def test_the_same_code_once_more_is_no_change(function: Any) -> None:
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=8)
    function.__code__ = half.__code__.replace(co_firstlineno=1, co_filename="elsewhere.py")
    trainer.back(count=2)
    trainer.step(count=5)
    assert len(trainer.recording.codes) == 1


def test_new_code_that_is_no_generator_is_refused_in_words(function: Any) -> None:
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=7)
    w = trainer.model.w.clone()
    function.__code__ = no_generator.__code__
    with pytest.raises(UpdateError, match="must be a generator function"):
        trainer.step()
    assert (trainer.position.update, torch.equal(trainer.model.w, w)) == (7, True)


def test_what_is_kept_outside_of_the_model_is_still_blamed_for_itself() -> None:
    counts = [0.0]

    def update(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        counts[0] += 1
        return (yield from gradient_update(model, x, y, learning_rate / counts[0]))

    trainer = Trainer(crop_yields(), update=update, learning_rate=1e-5)
    trainer.step(count=8)
    with pytest.raises(UpdateError, match="keeps something outside of model"):
        trainer.back()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_know_the_code_that_they_were_made_with(
    copied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(crop_yields(), update=half, learning_rate=1e-5)
    trainer.step(count=8)
    twin = copied(trainer)
    assert twin.recording.codes == trainer.recording.codes
    twin.back()
    monkeypatch.setattr(half, "__code__", other.__code__)
    with pytest.raises(UpdateError, match=CHANGED):
        copied(twin).back()


def test_the_diagnosis_is_of_the_code_that_runs(function: Any) -> None:
    def up(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        step(model, -learning_rate)
        return loss.item()

    up_code = up.__code__
    trainer = Trainer(crop_yields(), update=function, learning_rate=1e-5)
    trainer.step(count=7)
    assert trainer.diagnosis.kind == ""
    function.__code__ = up_code
    trainer.step(count=3)
    assert trainer.diagnosis.words.startswith("w and b go uphill")


def test_a_fingerprint_is_the_same_in_every_process_and_knows_its_python() -> None:
    text = Fingerprint(half).now()
    assert differ(text, Fingerprint(other).now())
    assert not differ(text, text)
    assert not differ(text, "cpython-399:" + "0" * 32), "another Python's code tells nothing"


def test_lines_and_names_of_files_are_no_part_of_code() -> None:
    def compiled(source: str, name: str = "f.py") -> CodeType:
        code = compile(source, name, "exec").co_consts[0]
        assert isinstance(code, CodeType)
        return code

    source = "def f(x):\n    return x in {'a', 'b'} and 1\n"
    one = compiled(source)
    assert same_code(one, compiled("\n\n# moved\n" + source, "g.py"))
    assert not same_code(one, compiled(source.replace("1", "1.0")))
    assert not same_code(one, compiled(source.replace("'b'", "'c'")))
    assert not same_code(one, compiled(source.replace("and", "or")))
