"""The page's engine says why a run stopped, what goes wrong, what the data say, as the kernel."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from linreg_widget.insight import findings
from linreg_widget.messages import say, speaking
from linreg_widget.messages.languages import catalogue
from linreg_widget.settings import FIELDS, Stop
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests import node
from tests.engine.conftest import Engine, wire
from tests.engine.test_runs import random_run
from tests.said import same_words
from tests.tables import EDGES


def told(
    engine: Engine, trainer: Trainer, *acts: dict[str, Any], stop: Stop | None = None
) -> list[dict[str, Any]]:
    """Do something to both, and assert after each act that they say the same; return what."""
    settings = {name: getattr(trainer.settings, name) for name in FIELDS}
    trainer.stop = stop = stop or Stop()
    limits = {"within": stop.within, "patience": stop.patience, "on": stop.on}
    table = wire(trainer.table, trainer.held_out)
    all_said: list[dict[str, Any]] = engine.ask("told", table, settings, limits, acts)
    for act, said in zip(acts, all_said, strict=True):
        _do(trainer, **act)
        wrong = trainer.diagnosis
        explained = {"kind": "", "words": "", "safe": 0, "good": 0}
        if wrong.kind:
            safe, good = wrong.safe_rate or 0, wrong.good_update or 0
            explained = {"kind": wrong.kind, "words": wrong.words, "safe": safe, "good": good}
        assert said["update"] == trainer.position.update
        assert said["status"] == trainer.status
        assert said["notice"] == trainer.notice
        assert said["explained"] == explained
        sentences = findings(trainer.insight, trainer.settings.rate, trainer.held_out)
        same_words(plain(said["findings"]), plain(sentences))
    return all_said


def plain(sentences: list[str]) -> str:
    """Return sentences without the names of directions, which may be curved alike."""
    return re.sub("mostly .*?(?=, (sets|takes))", "mostly", "\n".join(sentences))


def _do(trainer: Trainer, verb: str, **what: Any) -> None:
    if verb == "advance":
        trainer.run()
    elif verb in ("change", "reset"):
        getattr(trainer, verb)(**what["changes"])
    elif verb == "seek":
        trainer.seek(what["update"])
    elif verb == "set":
        (entry,) = what["entries"]
        b = trainer.model.b.detach().numpy().copy()
        b[entry["column"]] = entry["value"]
        trainer.set(b=b)
    else:
        getattr(trainer, verb)(**what)


RUN: dict[str, Any] = {"verb": "advance"}


def test_a_run_that_diverges_or_grows(engine: Engine) -> None:
    kinds = set()
    step = {"verb": "step", "by": "update", "count": 3}
    for rate in (8e-5, 1.2e-4, 2e-4, 1e-3, 1.0):
        for seed in (0, 1):
            trainer = Trainer(crop_yields(), learning_rate=rate, seed=seed)
            kinds |= {said["explained"]["kind"] for said in told(engine, trainer, step, RUN)}
    assert kinds == {"", "growing", "diverged"}


def test_the_ways_out_of_a_diverged_run(engine: Engine) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    faster: dict[str, Any] = {"verb": "change", "changes": {"learning_rate": 1.0}}
    slower: dict[str, Any] = {"verb": "change", "changes": {"learning_rate": 1e-6}}
    epoch = {"verb": "step", "by": "epoch", "count": 3}
    *_, diverged, back, mended = told(
        engine, trainer, epoch, faster, RUN, {"verb": "back", "by": "update", "count": 1}, slower
    )
    assert diverged["explained"]["kind"] == "diverged"
    assert diverged["explained"]["good"] > 0
    assert "The batch loss grew from" in diverged["explained"]["words"]
    assert (back["status"], mended["status"]) == ("paused", "paused")


@pytest.mark.parametrize("rate", [1e-2, 100.0])
def test_no_rate_is_offered_where_the_squares_are_beyond_float32(
    engine: Engine, rate: float
) -> None:
    x = np.arange(1.0, 9.0)[:, np.newaxis]
    (last,) = told(engine, Trainer((x, 1e30 * x), learning_rate=rate), RUN)
    assert last["explained"]["kind"] == "diverged"
    assert not last["explained"]["safe"]


def test_far_from_the_best_fit_the_loss_is_beyond_float32(engine: Engine) -> None:
    entry = {"tensor": "b", "row": 0, "column": 1, "value": float(np.float32(3e30))}
    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    _, last = told(engine, trainer, {"verb": "set", "entries": [entry]}, RUN)
    assert last["explained"]["words"].endswith("Set them nearer to it, or reset().")


@pytest.mark.parametrize("count", [1, 7])
def test_steps_that_are_too_short_for_float32(engine: Engine, count: int) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-16)
    entry = {"tensor": "b", "row": 0, "column": 1, "value": 0.5}
    steps = {"verb": "step", "by": "update", "count": count}
    first, *_, last = told(engine, trainer, steps, {"verb": "set", "entries": [entry]}, steps)
    assert first["explained"]["kind"] == last["explained"]["kind"] == "still"
    assert "since" not in first["explained"]["words"]
    assert "ago" in last["explained"]["words"]


def test_directions_have_the_same_names(engine: Engine) -> None:
    for table in (crop_yields(), random_run(4).table):
        trainer = Trainer(table, learning_rate=1e-6)
        (said,) = told(engine, trainer, {"verb": "step", "by": "update", "count": 1})
        assert said["findings"] == findings(trainer.insight, 1e-6)


@pytest.mark.parametrize("name", EDGES)
def test_tables_at_the_edges(engine: Engine, name: str) -> None:
    table, changes = EDGES[name]
    trainer = Trainer(table, **{"epochs": 5, **changes})  # type: ignore[arg-type]
    told(engine, trainer, {"verb": "step", "by": "update", "count": 1})
    standardized = Trainer(table, standardize=True, learning_rate=trainer.settings.rate)
    told(engine, standardized, {"verb": "step", "by": "update", "count": 1})


STANDARD: dict[str, Any] = {"learning_rate": 0.1, "standardize": True}


@pytest.mark.parametrize(
    ("settings", "stop", "words"),
    [
        (STANDARD, Stop(within=1.5), "within the chosen 1.5"),
        ({**STANDARD, "epochs": 400}, Stop(patience=5), "has not fallen below"),
        ({**STANDARD, "epochs": 400}, Stop(within=1.5, patience=3), "within the chosen 1.5"),
        ({}, Stop(within=1.1), ""),
        ({"held_out": ["A", "D", "M"], "epochs": 3}, Stop(patience=5), ""),
        (
            {**STANDARD, "held_out": ["A", "D", "M"], "epochs": 400},
            Stop(patience=4, on="held_out"),
            "the loss of the rows held out",
        ),
    ],
)
def test_a_run_stops_by_itself(
    engine: Engine, settings: dict[str, Any], stop: Stop, words: str
) -> None:
    trainer = Trainer(crop_yields(), **settings)
    said = told(engine, trainer, RUN, RUN, {"verb": "seek", "update": 0}, RUN, stop=stop)
    assert words in said[0]["notice"]
    assert (said[0]["notice"] == "") == (words == "")


@pytest.mark.parametrize(
    ("held_out", "copied"),
    [
        (["C", "H"], True),  # M and each other are nearly the same row
        (["A", "B"], True),
        (Table.parse("a,b\n2,7\n9,9"), False),
        (Table.parse("a,b\n1,2\n3,4"), True),  # the same numbers
        (Table.parse("a,b\n1,2\n3,9\n6,1\n7,1"), True),
    ],
    ids=str,
)
def test_rows_held_out_that_copy_others_are_named(
    engine: Engine, held_out: Any, *, copied: bool
) -> None:
    few = Table.parse("name,a,b\nAnna,3,4\nBert,1,2\nCarl,5,9")
    few = replace(few, row_names=("Anna", "Bert", "Carl"))
    table = few if isinstance(held_out, Table) else crop_yields()
    trainer = Trainer(table, epochs=2, held_out=held_out)
    (said,) = told(engine, trainer, RUN)
    assert any("held out" in sentence for sentence in said["findings"]) == copied


def test_a_perfect_line_is_near_at_last(engine: Engine) -> None:
    line = Table.parse("x,y\n1,3\n2,5\n3,7\n4,9")
    trainer = Trainer(line, standardize=True, learning_rate=0.3, epochs=2000)
    (said,) = told(engine, trainer, RUN, stop=Stop(within=1.001))
    assert said["notice"] != ""


WITHOUT_PYTHON = """
import { withoutPython } from "./text/python";
import { speak } from "./text/templates";
import CATALOGUE from "../../linreg_widget/messages/en.json";
const [own, said] = args;
speak(Object.entries(CATALOGUE).flatMap(([section, messages]: any) => Object.keys(messages)
  .flatMap((key) => key.startsWith("@") ? [] : [own[section]?.[key] ?? ""])));
return said.map(withoutPython);
"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_where_there_is_no_python_nobody_is_told_to_call_it(language: str) -> None:
    note = {"column": "Plot no. 7", "option": "'Plot no. 7'"}
    with speaking(language):
        notes = [say("notices.counts", **note), say("notices.codes", cell="007", **note)]
        stopped = say("stopping.unseen", epoch=9, lowest=1.5, epochs=3, best=24)
        far = say("diagnosis.too_far")
        plain = [say("stopping.flat", epoch=9, lowest=1.5, epochs=3), "The unit is reset (b)."]
        labels = [say("controls.label", control=control) for control in ("timeline", "reset")]
    messages = catalogue(language)
    said = node.call(WITHOUT_PYTHON, messages, [*notes, stopped, far, *plain])
    first, second, *others = said
    assert notes[0].startswith(first)
    assert notes[1].startswith(second)
    assert not any("drop" in words for words in (first, second))
    assert all(words.endswith(".") for words in said)
    assert others == [
        stopped.replace("rescue('best')", labels[0]),
        far.replace("reset()", labels[1]),
        *plain,
    ]
    assert not any("(" in words for words in others[:2])
