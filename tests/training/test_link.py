"""A run in a line leads to the very same state; anything else is refused in words."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.settings import Stop
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training import link
from linreg_widget.training.link import link_of, trainer_from
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.training.oracle import same_model, state_of
from tests.training.updates import MANNERLY, never_clears


def same(one: Trainer, other: Trainer) -> bool:
    losses = [trainer.recording.losses[: trainer.position.update] for trainer in (one, other)]
    return (
        same_model(one, other)
        and one.position == other.position
        and one.settings == other.settings
        and one.stop == other.stop
        and losses[0].tobytes() == losses[1].tobytes()
    )


def again(trainer: Trainer, **options: Any) -> Trainer:
    return trainer_from(link_of(trainer), trainer.table, **options)


def unpacked(link: str) -> dict[str, Any]:
    text = link.removeprefix("linreg1:")
    plain = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return dict(json.loads(plain))


def packed(content: Any) -> str:
    plain = zlib.compress(json.dumps(content).encode())
    return "linreg1:" + base64.urlsafe_b64encode(plain).decode().rstrip("=")


VERBS = st.one_of(
    st.tuples(st.just("step"), st.tuples(st.sampled_from(["update", "phase"]), st.integers(1, 9))),
    st.tuples(st.just("back"), st.tuples(st.just("update"), st.integers(1, 5))),
    st.tuples(st.just("rate"), st.sampled_from([1e-6, 1e-5, 3.3e-5, 0.1])),
    st.tuples(st.just("size"), st.integers(1, 9)),
    st.tuples(st.just("shuffle"), st.booleans()),
    st.tuples(st.just("set"), st.floats(-3, 3, width=32)),
    st.tuples(st.just("epochs"), st.integers(1, 60)),
)


@given(verbs=st.lists(VERBS, max_size=12), seed=st.integers(0, 2**40), standardize=st.booleans())
def test_a_link_leads_to_the_very_same_state(
    verbs: list[tuple[str, Any]], seed: int, *, standardize: bool
) -> None:
    trainer = crops(seed=seed, standardize=standardize)
    for verb, value in verbs:
        if trainer.status == "diverged":
            break
        if verb in ("step", "back"):
            getattr(trainer, verb)(*value)
        elif verb == "set":
            trainer.set(w=np.full((2, 3), value))
        else:
            name = {"rate": "learning_rate", "size": "batch_size"}.get(verb, verb)
            trainer.change(**{name: value})
    there = again(trainer)
    assert same(there, trainer)
    # What is recorded ahead is not in the link.
    if trainer.status != "diverged" and trainer.position.update == len(trainer.recording):
        trainer.step(count=3)
        there.step(count=3)
        assert same_model(there, trainer)


@pytest.mark.parametrize("update", MANNERLY)
def test_with_an_update_function_of_ones_own(update: Any) -> None:
    trainer = crops(update=update)
    trainer.step(count=13)
    trainer.step("phase", 2)
    there = again(trainer, update_function=update)
    assert there.position == trainer.position
    for name in ("w", "b"):
        one, other = getattr(there.model, name), getattr(trainer.model, name)
        assert torch.equal(one.detach(), other.detach())
    with pytest.raises(SettingsError, match="made with the update function"):
        again(trainer)


def test_a_stop_and_divergence_come_along() -> None:
    trainer = crops(stop=Stop(within=2.5, patience=3))
    assert same(again(trainer), trainer)
    trainer.change(learning_rate=1.0)
    trainer.run()
    assert trainer.status == "diverged"
    there = again(trainer)
    assert (there.status, state_of(there.model)) == ("diverged", state_of(trainer.model))


def test_a_plain_run_is_a_short_line() -> None:
    trainer = crops()
    trainer.run()
    link = link_of(trainer)
    assert len(link) < 400
    assert "\n" not in link
    assert same(trainer_from(f"  {link}\n", crop_yields()), trainer)


def test_another_table_is_refused_in_words() -> None:
    link = link_of(crops())
    other = crop_yields()
    inputs = other.inputs.copy()
    inputs[3, 1] += 1
    changed = Table(inputs, other.targets, other.feature_names, other.target_names)
    with pytest.raises(SettingsError, match=r"another table than .*its numbers differ"):
        trainer_from(link, changed)
    renamed = Table(other.inputs, other.targets, ("a", "b", "c"), ("d", "e"))
    assert trainer_from(link, renamed).status == "ready"


def test_another_version_of_a_function_is_refused() -> None:
    def momentum(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "nothing"
        return 0.0

    from tests.training import updates

    link = link_of(crops(update=updates.momentum))
    with pytest.raises(SettingsError, match="another version of momentum"):
        trainer_from(link, crop_yields(), momentum)


def test_a_function_without_a_source_has_no_link() -> None:
    names: dict[str, Any] = {}
    exec("def odd(model, x, y, rate):\n    yield 'a'\n    return 0.0", names)  # noqa: S102
    with pytest.raises(UpdateError, match="source of odd cannot be read"):
        link_of(crops(update=names["odd"]))


@pytest.mark.parametrize(
    "link",
    [
        "",
        "hello",
        "linreg1:",
        "linreg1:!!!",
        "linreg1:abcd",
        "linreg2:abcd",
        None,
        7,
        packed([1, 2]),
        packed({}),
        packed("x" * 2_000_000),
    ],
)
def test_what_is_no_link_is_refused_in_words(link: Any) -> None:
    with pytest.raises(SettingsError, match=r"not a link of a run: .*Copy all of the text"):
        trainer_from(link, crop_yields())


def test_a_link_that_was_cut_off_is_refused() -> None:
    link = link_of(crops())
    for length in range(len(link) - 1):
        with pytest.raises(SettingsError, match="not a link of a run"):
            trainer_from(link[:length], crop_yields())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("update", -1),
        ("update", "ten"),
        ("start", {"learning_rate": -1, "batch_size": 3, "shuffle": True}),
        ("start", {"__class__": 1}),
        ("changes", [[3, {"seed": 5}]]),
        ("changes", 5),
        ("sets", [[1, [[1]], [1, 2]]]),
        ("sets", [[1, "w", "b"]]),
        ("now", {"epochs": 3}),
        ("stop", [0.5, None]),
        ("phases", 2.5),
        ("phases", 10**12),
        ("update", 10**12),
        ("start", {"learning_rate": 1e-5, "batch_size": 10**30, "shuffle": True}),
        ("changes", [[3, {"batch_size": "many"}]]),
        ("function", ["gradient_update"]),
        ("seed", None),
    ],
)
def test_a_link_that_was_tampered_with_is_refused(key: str, value: Any) -> None:
    trainer = crops()
    trainer.step(count=4)
    content = unpacked(link_of(trainer))
    content[key] = value
    assert unpacked(packed(content)) == content
    with pytest.raises(SettingsError):
        trainer_from(packed(content), crop_yields())


def test_a_function_that_never_clears_comes_along_with_its_gradients() -> None:
    trainer = crops(update=never_clears)
    trainer.step(count=9)
    assert same(again(trainer, update_function=never_clears), trainer)


@pytest.mark.parametrize("updates", [1_000_001, 10**12])
def test_a_link_that_would_train_for_hours_is_refused_before_it_does(
    updates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = unpacked(link_of(crops()))
    monkeypatch.setattr(Trainer, "step", None)
    rule = r"at most 1,000,000: make a widget with the settings that you want, and run\(\) it"
    with pytest.raises(SettingsError, match=f"asks for {updates:,} updates .*{rule}"):
        trainer_from(packed(content | {"update": updates}), crop_yields())


def test_what_a_link_may_ask_for_counts_the_work_of_an_update(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # 2 targets of 3 features: batches of 3 rows make 18 products, of all 15 rows 90.
    monkeypatch.setattr(link, "_MOST_PRODUCTS", 300)
    trainer = crops(batch_size=3)
    trainer.step(count=16)
    assert same(again(trainer), trainer)
    trainer.step(count=1)
    with pytest.raises(SettingsError, match=r"at most 16 updates .* 17 are done: seek\(\)"):
        link_of(trainer)
    trainer.seek(12)
    content = unpacked(link_of(trainer))
    assert same(trainer_from(packed(content), crop_yields()), trainer)
    for changes in ([[5, {"batch_size": 99}]], [[7, {"batch_size": 4}], [9, {"batch_size": 99}]]):
        with pytest.raises(SettingsError, match="at most 3:"):
            trainer_from(packed(content | {"changes": changes}), crop_yields())


def test_what_was_shared_in_the_middle_of_an_update_has_its_phases_and_no_more() -> None:
    trainer = crops()
    trainer.step("phase", 3)
    content = unpacked(link_of(trainer))
    assert content["phases"] == 3
    assert same(trainer_from(packed(content), crop_yields()), trainer)
    with pytest.raises(SettingsError, match="update 1 has fewer phases"):
        trainer_from(packed(content | {"phases": 99}), crop_yields())
