"""Every message belongs to a state of the run, and goes with it; see ``panel/panel.py``."""

from __future__ import annotations

from typing import Any

import pytest

from linreg_widget import Stop, Trainer, TrainerWidget, crop_yields
from linreg_widget.panel.panel import TrainerPanel


def panel(**settings: Any) -> TrainerPanel:
    return TrainerPanel(Trainer(crop_yields(), **settings))


def entry(tensor: str, row: int, column: int, value: object) -> dict[str, object]:
    return {"tensor": tensor, "row": row, "column": column, "value": value}


def send(one: TrainerPanel, **message: Any) -> None:
    one._on_message(one, {"client": "page", "id": 1, **message}, [])


def stopped() -> TrainerPanel:
    one = panel(learning_rate=1e-5, epochs=50, stop=Stop(within=1000))
    one.run()
    assert one._notice.startswith("Stopped after epoch")
    assert one.update < 250
    return one


def test_a_notice_is_there_wherever_the_run_stands_where_it_stopped() -> None:
    one = stopped()
    words, place = one._notice, one.update
    one.seek(place)
    assert one._notice == words
    one.back()
    assert one._notice == ""
    one.step()
    assert one._notice == words
    one.step("phase")
    assert one._notice == ""
    one.seek(0)
    assert one._notice == ""
    one.seek(place)
    assert one._notice == words


def test_a_notice_goes_with_the_run_that_stopped() -> None:
    one = stopped()
    place = one.update
    one.set_entries([entry("w", 0, 0, 0.5)])
    assert one._notice == ""
    one.reset()
    one.step(count=place)
    assert one._notice == ""


def test_a_run_goes_on_from_where_it_stopped_even_at_a_slow_speed() -> None:
    one = stopped()
    place = one.update
    one.speed = 1e-3  # so slow that the first slice makes no update
    one.start()
    send(one, kind="advance")
    assert one._pull
    assert one.status == "running"
    one.speed = None
    send(one, kind="advance")
    assert one.update > place


@pytest.mark.parametrize(
    "valid", [{"speed": 3.0}, {"speed": None}, {"step_by": "phase"}, {"epochs": 7}]
)
def test_an_alert_about_a_setting_goes_with_the_next_valid_value(valid: dict[str, Any]) -> None:
    one = panel()
    one.set_state({"speed": 1e9})
    assert "speed" in one._alert
    one.set_state(valid)
    assert one._alert == ""


def test_an_alert_about_a_failure_stays_while_the_run_stands_there() -> None:
    def fails(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "predict"
        raise ValueError("oh")

    one = TrainerPanel(Trainer(crop_yields(), update=fails))
    send(one, kind="step", by="update")
    assert (one.status, "oh" in one._alert) == ("failed", True)
    one.set_state({"speed": 3.0})
    assert "oh" in one._alert
    send(one, kind="reset")
    assert (one.status, one._alert) == ("ready", "")


def growing() -> TrainerPanel:
    one = panel(learning_rate=2e-4, epochs=50)
    while one._explained.get("kind") != "growing":
        one.step()
    return one


def test_after_a_rescue_nothing_blames_the_rate_of_before() -> None:
    one = growing()
    one.rescue("start")
    assert one.learning_rate == pytest.approx(1e-5)
    assert one._explained == {}
    one.step(count=3)
    assert "2e-4" not in one._explained.get("words", "")


def test_a_warning_goes_as_the_rate_that_it_blames_does() -> None:
    one = growing()
    one.set_state({"learning_rate": 1e-5})
    assert one._explained == {}
    one.set_state({"learning_rate": 2e-4})
    assert one._explained["kind"] == "growing"


@pytest.mark.parametrize("leave", ["reset", "back", "seek"])
def test_a_verdict_stays_where_it_was_given(leave: str) -> None:
    one = panel(learning_rate=1e-5)
    one.ask = "loss"
    send(one, kind="step", by="update")
    send(one, kind="guess", value=1000)
    verdict = one._answer
    assert verdict["truth"]
    one.set_state({"speed": 3.0})
    assert one._answer == verdict
    getattr(one, leave)(*([0] if leave == "seek" else []))
    assert one._answer["truth"] == ""
    if leave != "reset":
        one.seek(1)
        assert one._answer == verdict


def test_an_entry_set_by_hand_is_said_and_marked_until_an_update_changes_it() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    one = widget.panel
    one.set_entries([entry("w", 0, 1, 0.84)])
    assert (
        "w[Mangoes, Rainfall] was set by hand; the rest of w and b was drawn"
        in (one._frame["sentence"])
    )

    def marks() -> dict[str, Any]:
        return {t["name"]: t["by_hand"] for t in one._frame["tensors"] if t["by_hand"]}

    assert marks() == {"w": [(0, 1)]}
    one.step("phase")
    assert marks() == {"w": [(0, 1)]}
    one.step()
    assert marks() == {}
    one.seek(0)
    assert marks() == {"w": [(0, 1)]}
    one.reset()
    assert "drawn at random" in one._frame["sentence"]
    assert marks() == {}


def test_entries_set_by_hand_later_in_a_run_are_marked_as_well() -> None:
    one = panel(learning_rate=1e-5)
    one.step(count=7)
    one.set_entries([entry("b", 0, 1, 2)])
    assert one._frame["sentence"].endswith("b[Oranges] was set by hand.")
