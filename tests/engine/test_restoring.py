"""A page takes over a run where it was left, however it came there."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linreg_widget.panel.page import _finite, begun, shared_traits
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests import said
from tests.engine.conftest import Engine
from tests.engine.test_frames import as_json
from tests.lanes import examples

SAME = (
    *("status", "update", "_phase", "_recorded", "_total", "_changes", "_notice"),
    *("learning_rate", "epochs", "batch_size", "shuffle"),
)


@st.composite
def acts(draw: Any) -> list[tuple[str, Any]]:
    """What somebody does to a run of a few epochs."""
    by = st.sampled_from(["phase", "update", "epoch"])
    one = st.one_of(
        st.tuples(st.just("step"), st.tuples(by, st.integers(1, 4))),
        st.tuples(st.just("back"), st.tuples(by, st.integers(1, 3))),
        st.tuples(st.just("seek"), st.floats(0, 1)),
        st.tuples(st.just("run"), st.integers(1, 3)),
        st.tuples(
            st.just("change"),
            st.fixed_dictionaries(
                {},
                optional={
                    "learning_rate": st.sampled_from([1e-6, 1e-5, 2e-5, 30.0]),
                    "batch_size": st.integers(1, 8),
                    "shuffle": st.booleans(),
                    "epochs": st.integers(1, 9),
                },
            ),
        ),
        st.tuples(st.just("set"), st.tuples(st.integers(0, 7), st.floats(-2, 2, width=32))),
        st.tuples(st.just("reset"), st.integers(0, 2)),
        st.tuples(st.just("keep"), st.none()),
    )
    found: list[tuple[str, Any]] = draw(st.lists(one, min_size=1, max_size=10))
    return found


def act(panel: TrainerPanel, verb: str, what: Any) -> None:
    trainer = panel.trainer
    if trainer.status == "diverged" and verb in ("step", "set", "run"):
        return
    if verb in ("step", "back"):
        getattr(panel, verb)(*what)
    elif verb == "seek":
        panel.seek(round(what * len(trainer.recording)))
    elif verb == "run":
        panel.run(what)
    elif verb == "change":
        panel.change(**what)
    elif verb == "set":
        entry, value = what
        name, row, column = ("w", *divmod(entry, 3)) if entry < 6 else ("b", 0, entry - 6)
        panel.set_entries([{"tensor": name, "row": row, "column": column, "value": value}])
    elif verb == "reset":
        panel.reset(seed=what)
    else:
        panel.keep()


def wired(traits: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Traits as a page has them: words, and bytes in Base64."""
    buffers = {
        name: base64.b64encode(value).decode()
        for name, value in traits.items()
        if isinstance(value, bytes)
    }
    words = {name: _finite(value) for name, value in traits.items() if name not in buffers}
    return json.loads(json.dumps(words)), buffers


def state_of(panel: TrainerPanel) -> dict[str, Any]:
    state = panel.get_state()
    return {name: state[name] for name in shared_traits(type(panel))}


def numbers(texts: list[str]) -> np.ndarray:
    return np.array([float(one.replace("Infinity", "inf")) for one in texts])


def near(mine: dict[str, list[str]], packed: bytes, *names: str) -> None:
    from linreg_widget.panel.codec import unpack

    true = unpack(packed)
    for name in names:
        one, other = numbers(mine[name]), true[name].ravel().astype(float)
        assert one.shape == other.shape, name
        finite = np.isfinite(other) & (np.abs(other) < 1e20)
        assert np.array_equal(np.isfinite(one), np.isfinite(other)), name
        size = float(np.abs(other[finite]).max(initial=0))
        assert np.allclose(one[finite], other[finite], rtol=1e-4, atol=1e-5 * size), name


@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(done=acts())
def test_a_run_is_taken_over_where_it_stands(engine: Engine, done: list[tuple[str, Any]]) -> None:
    panel = TrainerPanel(Trainer(crop_yields(), epochs=6))
    for verb, what in done:
        act(panel, verb, what)
    traits = state_of(panel)
    found = engine.ask("restored", *wired(traits))
    assert found["_alert"] == ""
    assert {name: found[name] for name in SAME} == {
        name: as_json(_finite(traits[name])) for name in SAME
    }
    near(found["losses"], traits["_losses"], "batch", "full")
    near(found["curve"], traits["_curve"], "ends", "low", "high", "epoch_ends", "epoch")
    near(found["frame"], traits["_frame_data"], "x", "y", "w", "b")
    assert found["_lines"] == as_json(traits["_lines"])
    near(found["lines"], traits["_lines_data"], "ends", "losses")
    assert [one["name"] for one in found["_runs"]] == [one["name"] for one in traits["_runs"]]
    assert found["_run_columns"] == traits["_run_columns"]
    for one, other in zip(found["_runs"], traits["_runs"], strict=True):
        mine, true = (said.words(json.dumps(run, sort_keys=True)) for run in (one, other))
        assert mine == true
    panel.close()


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_a_page_opens_with_what_was_recorded_by_then(engine: Engine, share: float) -> None:
    panel = TrainerPanel(Trainer(crop_yields(), epochs=6))
    panel.step("epoch", 2)
    panel.change(learning_rate=2e-5)
    panel.set_entries([{"tensor": "b", "row": 0, "column": 1, "value": 0.5}])
    panel.run()
    at = round(share * panel.update)
    found = engine.ask("restored", *wired(begun(state_of(panel), at)))
    assert (found["_alert"], found["update"], found["_recorded"]) == ("", at, at)
    if at:
        losses = panel.trainer.recording.losses[:at]
        assert numbers(found["curve"]["low"]) == pytest.approx(losses.astype(float), rel=1e-4)
    panel.close()
