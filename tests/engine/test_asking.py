"""Questions without a kernel: the page asks, judges and keeps the score as the kernel does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from linreg_widget.errors import SettingsError
from linreg_widget.lesson.questions import KINDS, is_close
from linreg_widget.panel.gate import Gate
from linreg_widget.settings import FIELDS, Stop
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import told_apart
from tests import node
from tests.engine.conftest import numbered, wire
from tests.panel.test_asking import Make, make, press, pull
from tests.said import same_words

Act = dict[str, Any]

__all__ = ["make"]  # a fixture

CHOICES: list[Any] = [
    {
        "question": f'Which "one",\r\n<b>{number}</b>?',
        "choices": ["<i>This</i>", "{That}, #", "Neither"][: 2 + number % 2],
        "right": number % 2,
        "why": ["{why}", "So, it is.", "No."][: 2 + number % 2] if number % 3 else [],
    }
    for number in range(6)
]
ALL: tuple[Any, ...] = (*KINDS, CHOICES)
RATES = (1e-5, 2e-5, 1e-4, 30.0)  # the last one diverges at once

SCRIPT = """
import { make, tableOf } from "../test/engine";
import { createAsking } from "./engine/asking";
import { isClose } from "./engine/questions";
import { createTrainer } from "./engine/trainer";
import { toldApart } from "./text/format";
const [what, ...rest] = args;
const number = (x: any) => (x === "inf" ? Infinity : x === "nan" ? NaN : x);
if (what === "close")
  return rest[0].map((all: any) => isClose(...(all.map(number) as [any, any, any])));
if (what === "apart") return rest[0].map(([one, other]: any) => toldApart(one, other));
const [table, settings, stop, acts] = rest;
const trainer = createTrainer(tableOf(table), settings);
trainer.stopAt(stop);
const asking = createAsking(trainer);
const go = (act: string, by: any) => {
  if (trainer.status === "diverged") return;
  if (act === "step") trainer.step(by);
  if (act === "run" && trainer.status !== "finished") trainer.advance();
};
return acts.map((act: any) => {
  let alert = "";
  if (act.verb === "lesson") asking.follow(act);
  else if (act.verb === "press") {
    if (!asking.ask(act.act, act.by)) go(act.act, act.by);
  } else if (act.verb === "answer") {
    const taken = asking.answer(act.value);
    if (taken.question) go(taken.question.act, taken.question.by);
    alert = taken.alert;
  } else if (act.verb !== "look") make(trainer, act);
  asking.look(act.running === true);
  return { alert, update: trainer.update, ...asking.card() };
});
"""


@pytest.fixture(scope="module")
def page() -> Iterator[node.Service]:
    with node.Service(SCRIPT) as process:
        yield process


class Both:
    """The same questions and acts for the kernel's gate and for the page's."""

    def __init__(
        self, page: node.Service, table: Table | None = None, stop: Stop | None = None, **of: Any
    ) -> None:
        self.page = page
        self.trainer = Trainer(table or crop_yields(), **{"learning_rate": 1e-5, **of})
        self.trainer.stop = stop or Stop()
        self.gate = Gate(self.trainer)
        self._first = {name: getattr(self.trainer.settings, name) for name in FIELDS}
        self.acts: list[Act] = []
        self.true: list[dict[str, Any]] = []

    def do(self, verb: str, **what: Any) -> dict[str, Any]:
        """Act on the kernel's side, note the act for the page's, and return the card."""
        self.acts.append({"verb": verb, **what})
        own = getattr(self, f"_{verb}", None)
        alert = (own(**what) if own else getattr(self.trainer, verb)(**what)) or ""
        self.gate.guesses.look(running=what.get("running") is True)
        card = {"alert": alert, "update": self.trainer.position.update, **self.gate.card()}
        self.true.append(card)
        return card

    def _lesson(self, ask: Any, hide: list[str], lock: list[str]) -> None:
        self.gate.follow(ask, (*hide,), (*lock,))

    def _press(self, act: str, by: Any) -> None:
        if not self.gate.ask(act, by):
            self._go(act, by)

    def _answer(self, value: Any) -> str:
        guesses = self.gate.guesses
        answer = guesses.skip if value is None else lambda: guesses.guess(value)
        try:
            question = self.gate.answered(answer)
        except SettingsError as error:
            # Where its act is barred by now, the page is just silent: it has no such button.
            return "" if "The lesson has" in str(error) else str(error)
        if question is not None:
            self._go(question.act, question.by)
        return ""

    def _go(self, act: str, by: Any) -> None:
        if self.trainer.status == "diverged":
            return
        if act == "step":
            self.trainer.step(by)
        elif act == "run" and self.trainer.status != "finished":
            self.trainer.run()

    def _advance(self, most: int, *, running: bool = False) -> None:
        self.trainer.advance(1e9, most)

    def _change(self, changes: Any) -> None:
        self.trainer.change(**changes)

    def _reset(self, changes: Any) -> None:
        self.trainer.reset(**changes)

    def _set(self, entries: Any) -> None:
        b = self.trainer.model.b.detach().numpy().copy()
        b[0] = entries[0]["value"]
        self.trainer.set(b=b)

    def _look(self) -> None:
        """Do no more than look."""

    def bias(self, value: float) -> dict[str, Any]:
        """Set the first bias by hand, between two updates."""
        if self.trainer.position.phase:
            self.do("seek", update=self.trainer.position.update)
        entry = {"tensor": "b", "row": 0, "column": 0, "value": value}
        return self.do("set", entries=[entry])

    def agree(self) -> None:
        """Do all that was done on the page's side too, and compare all cards."""
        stop = {"within": self.trainer.stop.within, "patience": self.trainer.stop.patience}
        table = wire(self.trainer.table)
        found = self.page.ask("run", table, self._first, stop, self.acts)
        for act, mine, true in zip(self.acts, found, self.true, strict=True):
            same_words(repr((act, plain(mine))), repr((act, plain(true))))


def plain(card: dict[str, Any]) -> Any:
    return {key: [*value] if isinstance(value, tuple) else value for key, value in card.items()}


def lesson(ask: Any, hide: tuple[str, ...] = (), lock: tuple[str, ...] = ()) -> Act:
    return {"verb": "lesson", "ask": ask, "hide": [*hide], "lock": [*lock]}


def guess_of(rng: np.random.Generator, card: dict[str, Any], now: float) -> Any:
    """Return an answer to the open question: mostly a usable one."""
    choices = [*card["_question"].get("choices", ())]
    near = [round(now * factor, 6) for factor in (0.3, 0.9, 0.97, 1.0, 1.5, 1e6) if now < 1e30]
    usable = choices or near
    return rng.choice(np.array([*3 * usable, None, "up", -1], object))


# ---- the rules -----------------------------------------------------------------------------------


def test_a_guess_is_close_where_the_kernel_says_so(page: node.Service) -> None:
    rng = np.random.default_rng(0)
    cases = [
        (now, now * rng.uniform(0, 2.5), now * rng.uniform(0, 2.5))
        for now in (1000.0, 0.004, 3e7)
        for _ in range(300)
    ]
    # Where a guess is off by just half of the change, the last bit of a logarithm decides.
    edges: list[Any] = [(0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (100.0, 0.0, 50.0), (100.0, 199.0, "inf")]
    odd = [*edges, (100.0, 200.0, "inf"), (100.0, 1e30, "nan"), (1000.0, 1000.0, 1000.04)]
    found = page.ask("close", [*cases, *odd])
    true = [is_close(*(float(x) for x in case)) for case in [*cases, *odd]]
    assert found == true
    assert 100 < sum(true) < 800


def test_numbers_are_told_apart_alike(page: node.Service) -> None:
    rng = np.random.default_rng(1)
    pairs = [(x := 10 ** rng.uniform(-12, 14), x * (1 + 1e-6)) for _ in range(200)]
    pairs += [(-2.5e-5, -2.50001e-5), (5.0, 5.0), (1.0, 2.0), (123456789.0, 123456790.0)]
    assert page.ask("apart", pairs) == [[*told_apart(*pair)] for pair in pairs]


# ---- each question, and what comes of it ---------------------------------------------------------


@pytest.mark.parametrize("kind", ALL, ids=[*KINDS, "choice"])
@pytest.mark.parametrize("act", ["step", "run"])
@pytest.mark.parametrize("rate", [1e-5, 30.0])
def test_a_question_its_answer_and_the_score(
    page: node.Service, kind: Any, act: str, rate: float
) -> None:
    both = Both(page, learning_rate=rate, epochs=3)
    both.do(**lesson(kind))
    for by, which in (("update", None), ("epoch", 0), ("phase", 1), ("update", 0)):
        card = both.do("press", act=act, by=by)
        usable = [*card["_question"].get("choices", ())] or [20_000.0, 15_000.0]
        both.do("answer", value=None if which is None else usable[which % len(usable)])
        for _ in range(4):
            if both.trainer.status != "diverged":
                both.do("step", by="phase", count=1)
        both.do("seek", update=0)
        both.do("reset", changes={})
    both.agree()
    assert len(both.gate.guesses.answers) >= 2
    kept = csv.reader(io.StringIO(both.true[-1]["_answers"], newline=""))
    assert len([*kept]) == len(both.gate.guesses.answers) + 1


@pytest.mark.parametrize("number", numbered(40, 400))
def test_any_questions_in_any_run(page: node.Service, number: int) -> None:
    """Questions and answers between steps, ways back, changes, sets by hand and divergence."""
    rng = np.random.default_rng(number)
    kind = ALL[number % 5]
    table = crop_yields()
    if number % 7 == 0:  # a table without names, of uneven batches
        table = Table.of((table.inputs[:7], table.targets[:7, :1]))
    stop = Stop(within=1.5) if number % 3 == 0 else None
    both = Both(page, table, stop, learning_rate=RATES[number % 7 % 4], epochs=4)
    card = both.do(**lesson(kind))
    trainer = both.trainer

    def one(*of: Any) -> Any:
        return of[int(rng.integers(len(of)))]

    def below(end: int) -> int:
        return int(rng.integers(end))

    def by() -> str:
        return str(one("phase", "update", "epoch"))

    barred = ((), ("step",), ("run",), ("step", "run"))
    acts = (
        *3 * (lambda: both.do("press", act=one("step", "step", "run"), by=by()),),
        lambda: both.do("back", by=by(), count=1 + below(3)),
        lambda: both.do("seek", update=below(len(trainer.recording) + 1)),
        lambda: both.do("reset", changes=one({}, {"seed": below(4)})),
        lambda: both.do("change", changes={"learning_rate": one(*RATES)}),
        lambda: both.do("change", changes={"epochs": 1 + below(6)}),
        lambda: both.do("advance", most=1 + below(9), running=below(2) == 1),
        lambda: both.bias(below(9) / 4 - 1) if trainer.status != "diverged" else card,
        lambda: both.do("undo") if trainer.can_undo else card,
        lambda: both.do(**lesson(one(kind, kind, *ALL, None), one(*barred), one(*barred))),
    )
    for _ in range(40):
        if card["_question"] and rng.random() < 0.7:
            card = both.do("answer", value=guess_of(rng, card, trainer.loss()))
        else:
            card = one(*acts)()
    both.agree()


def test_a_run_that_stops_by_itself_is_judged_where_it_stops(page: node.Service) -> None:
    both = Both(page, learning_rate=0.1, standardize=True, epochs=1000, stop=Stop(within=1.5))
    both.do(**lesson("loss"))
    card = both.do("press", act="run", by="update")
    assert "goes on to update 5,000 at most" in card["_question"]["words"]
    both.do("answer", value=1.3)
    assert both.trainer.notice
    both.do("press", act="run", by="update")
    both.do("answer", value=1)
    both.agree()
    assert both.true[-1]["_score"] == "2 of 2 close"


def test_a_line_is_drawn_by_hand_and_judged(page: node.Service) -> None:
    both = Both(page)
    card = both.do(**lesson("line"))
    assert "drag the ends of the line" in card["_question"]["words"]
    for value in (70.0, 71.0):
        both.bias(value)
    both.do("answer", value="Nearly")
    both.do("answer", value="Done")
    both.do("step", by="update", count=1)
    both.do("reset", changes={})
    both.do("answer", value=None)
    both.agree()
    assert [answer.right for answer in both.gate.guesses.answers] == [False, None]


@pytest.mark.parametrize("barred", [{"lock": ("set",)}, {"hide": ("set",)}, {"hide": ("line",)}])
def test_a_line_that_cannot_be_drawn_is_not_asked_for(
    page: node.Service, barred: dict[str, tuple[str, ...]]
) -> None:
    both = Both(page)
    assert both.do(**lesson("line", **barred))["_question"] == {}
    both.do("step", by="update", count=1)
    assert both.do("reset", changes={})["_question"] == {}
    assert both.do(**lesson("line"))["_question"]["act"] == "set"
    assert both.do(**lesson("line", **barred))["_question"] == {}
    both.agree()


# ---- answers to keep -----------------------------------------------------------------------------


def test_the_answers_of_a_kernel_travel_as_csv(make: Make) -> None:
    widget = make(ask="loss", epochs=2)
    assert widget.panel._answers == ""
    press(widget, "step")
    press(widget, "guess", value=30_000)
    press(widget, "run")
    press(widget, "skip")
    pull(widget)
    rows = [*csv.DictReader(io.StringIO(widget.panel._answers))]
    frame = widget.answers()
    assert [*rows[0]] == [*frame]
    assert [row["question"] for row in rows] == frame["question"].tolist()
    assert [row["guess"] for row in rows] == ["30000", ""]
    assert [float(row["truth"]) for row in rows] == pytest.approx(frame["truth"].tolist())
    assert [row["right"] for row in rows] == ["true", ""]
    assert [row["skipped"] for row in rows] == ["false", "true"]
    widget.reset()
    assert widget.panel._answers.count("\n") == 3
