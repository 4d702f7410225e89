"""Every setting refuses what it cannot use, in words: the value, the rule and the remedy."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from linreg_widget.errors import LinregError, SettingsError
from linreg_widget.settings import (
    FIELDS,
    PLAN_SETTINGS,
    START_SETTINGS,
    STRETCH_SETTINGS,
    Settings,
    Stop,
    check_setting,
)
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer

WORDS = ["", "50", "fast", "1e-5"]
NO_NUMBERS = [*WORDS, True, False, [1], (1,), {}, object, np.array([1, 2]), 1j]
NOT_WHOLE = [0.5, math.nan, math.inf, -math.inf, np.float32(2.5), Fraction(1, 2)]

NEITHER: list[Any] = [None, 0, 1, 1.0, "yes", "True", [], np.int64(1)]

REFUSED: list[tuple[str, Any, str]] = [
    *(("learning_rate", value, "must be a positive, finite number") for value in NO_NUMBERS),
    *(
        ("learning_rate", value, "must be a positive, finite number")
        for value in (0, 0.0, -0.0, -1e-5, math.nan, math.inf, -math.inf, 10**400, np.float32(-1))
    ),
    *(
        ("learning_rate", value, "must be a positive, finite number in 32 bits")
        for value in (1e-50, 7e-46, 3.5e38, 1e300)
    ),
    *(
        (name, value, f"it must be a whole number, {least} or more")
        for name, least in (("epochs", 1), ("batch_size", 1), ("seed", 0))
        for value in (*NO_NUMBERS, *NOT_WHOLE, least - 1, float(least - 1), -(2**70), 2**53)
    ),
    ("epochs", None, "must be a whole number"),
    ("seed", None, "must be a whole number"),
    *(
        (name, value, "must be True or False")
        for name in ("shuffle", "standardize")
        for value in NEITHER
    ),
]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    REFUSED,
    ids=[f"{n}={type(v).__name__} {v!r:.25}" for n, v, _ in REFUSED],
)
def test_what_cannot_be_used_is_refused_in_words(name: str, value: Any, rule: str) -> None:
    setting: Any = {name: value}
    with pytest.raises(SettingsError, match=rule) as refused:
        Settings(**setting)
    assert str(refused.value).startswith(f"{name} is ")
    assert len(str(refused.value)) < 300
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, LinregError)
    with pytest.raises(SettingsError, match=rule):
        Settings().but(**setting)
    with pytest.raises(SettingsError, match=rule):
        Trainer(crop_yields(), **setting)
    trainer = Trainer(crop_yields())
    before = trainer.settings
    with pytest.raises(SettingsError, match=rule):
        trainer.change(**setting)
    assert trainer.settings == before


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [
        ("learning_rate", 1, 1.0),
        ("learning_rate", 1e-5, 1e-5),
        ("learning_rate", np.float64(1e-5), 1e-5),
        ("learning_rate", np.float32(0.5), 0.5),
        ("learning_rate", np.int64(2), 2.0),
        ("learning_rate", Fraction(1, 4), 0.25),
        ("learning_rate", 1e-45, 1e-45),
        ("epochs", 50.0, 50),
        ("epochs", np.float32(50), 50),
        ("epochs", np.int16(50), 50),
        ("epochs", np.array(50), 50),
        ("epochs", 2**53 - 1, 2**53 - 1),
        ("batch_size", np.uint8(3), 3),
        ("batch_size", 3.0, 3),
        ("seed", 0, 0),
        ("seed", np.int64(7), 7),
        ("shuffle", np.True_, True),
        ("standardize", np.False_, False),
    ],
    ids=repr,
)
def test_numbers_of_any_kind_become_plain_ones(name: str, value: Any, plain: Any) -> None:
    setting: Any = {name: value}
    settings = Settings(**setting)
    assert getattr(settings, name) == plain
    assert type(getattr(settings, name)) is type(plain)
    assert settings == Settings(**{name: plain})
    assert check_setting(name, value) == plain


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lerning_rate", "did you mean 'learning_rate'?"),
        ("lr", "did you mean 'learning_rate'?"),
        ("batchsize", "did you mean 'batch_size'?"),
        ("epoch", "did you mean 'epochs'?"),
        ("standardise", "did you mean 'standardize'?"),
        ("n_epochs", "did you mean 'epochs'?"),
        ("colour", f"the settings are {', '.join(FIELDS)}."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, hint: str) -> None:
    unknown: Any = {name: 1}
    ways: list[Callable[[], object]] = [
        lambda: Settings().but(**unknown),
        lambda: Trainer(crop_yields(), **unknown),
        lambda: Trainer(crop_yields()).change(**unknown),
        lambda: check_setting(name, 1),
    ]
    for refuse in ways:
        with pytest.raises(SettingsError) as refused:
            refuse()
        assert str(refused.value) == f"{name!r} is not a setting; {hint}"


def test_settings_are_one_value_not_to_be_altered() -> None:
    settings = Settings(learning_rate=1e-5, batch_size=3)
    assert settings.but(epochs=10) == Settings(learning_rate=1e-5, epochs=10, batch_size=3)
    assert settings == Settings(1e-5, 50, 3, 0, True, False)  # noqa: FBT003 - all six, in order
    with pytest.raises(AttributeError):
        settings.epochs = 3  # type: ignore[misc]
    assert (settings.rate, settings.batch_rows) == (1e-5, 3)


def test_rate_and_batch_size_left_open_are_worked_out_by_a_trainer() -> None:
    open_settings = Settings()
    assert (open_settings.learning_rate, open_settings.batch_size) == (None, None)
    with pytest.raises(SettingsError, match="a trainer fills it in"):
        _ = open_settings.rate
    with pytest.raises(SettingsError, match="a trainer fills it in"):
        _ = open_settings.batch_rows
    assert Trainer(crop_yields()).settings == Settings(1e-5, 50, 3)
    assert Trainer(crop_yields(), standardize=True).settings.rate == 0.1
    many = np.arange(101.0)
    assert Trainer((many, many)).settings.batch_size == 64
    assert Trainer((many[:100], many[:100])).settings.batch_size == 3


def test_settings_can_be_given_whole_and_one_by_one() -> None:
    trainer = Trainer(crop_yields(), Settings(epochs=7, seed=3), epochs=8)
    assert (trainer.settings.epochs, trainer.settings.seed) == (8, 3)
    for no_settings in ({"epochs": 7}, 1e-5, "fast"):
        with pytest.raises(SettingsError, match=r"give Settings\(...\), or single settings"):
            Trainer(crop_yields(), no_settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1j, "x" * 10_000, np.arange(1000)])
def test_a_long_value_is_shown_cut(value: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        check_setting("epochs", value)
    assert len(str(refused.value)) < 200


# ---- kinds ---------------------------------------------------------------------------------------

OTHERS: dict[str, Any] = {
    "learning_rate": 2e-5,
    "epochs": 7,
    "batch_size": 4,
    "seed": 1,
    "shuffle": False,
    "standardize": True,
}


def test_every_setting_is_of_one_kind() -> None:
    kinds = [START_SETTINGS, STRETCH_SETTINGS, PLAN_SETTINGS]
    assert sorted(name for kind in kinds for name in kind) == sorted(FIELDS)
    assert all(kinds)


@pytest.mark.parametrize("name", FIELDS)
def test_a_kind_says_when_a_run_takes_another_value(name: str) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=3)
    if name in START_SETTINGS:
        with pytest.raises(SettingsError, match=rf"use reset\({name}="):
            trainer.change(**{name: OTHERS[name]})
        trainer.reset(**{name: OTHERS[name]})
        assert trainer.position.update == 0
    else:
        trainer.change(**{name: OTHERS[name]})
        trainer.step()
        assert trainer.position.update == 4
        assert len(trainer.recording.segments) == (2 if name in STRETCH_SETTINGS else 1)
    assert getattr(trainer.settings, name) == OTHERS[name]


@pytest.mark.parametrize("name", FIELDS)
def test_runs_differ_in_all_settings_but_those_of_the_plan(name: str) -> None:
    one = Settings(learning_rate=1e-5, batch_size=3)
    other = one.but(**{name: OTHERS[name]})
    assert one.differing(one) == []
    assert one.differing(other) == ([] if name in PLAN_SETTINGS else [name])


@pytest.mark.parametrize("value", [5, 1.1, "within", {"within": 1.1}, Stop])
def test_what_is_no_stop_is_refused_in_words(value: Any) -> None:
    for give in (
        lambda: Trainer(crop_yields(), stop=value),
        lambda: setattr(Trainer(crop_yields()), "stop", value),
    ):
        with pytest.raises(SettingsError, match=r"give Stop\(within=1\.1\), Stop\(patience=10\)"):
            give()
    trainer = Trainer(crop_yields(), stop=Stop(patience=3))
    trainer.stop = None
    assert trainer.stop == Stop()


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_is_not_set_by_an_assignment(name: str) -> None:
    trainer = Trainer(crop_yields())
    verb = "reset" if name in START_SETTINGS else "change"
    with pytest.raises(SettingsError, match=rf"use {verb}\({name}=1\)"):
        setattr(trainer, name, 1)
    assert not hasattr(trainer, name)
    trainer.note = "one's own"  # type: ignore[attr-defined]
    trainer.change(learning_rate=1e-6)
    assert trainer.settings.learning_rate == 1e-6
