"""A guess before an act, and the truth after it: judged on the change, for steps and for runs."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import pytest
import torch

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.lesson.guessing import Guesses
from linreg_widget.lesson.questions import Answer, Kind, Question, is_close
from linreg_widget.microscope.driving import UpdateFunction
from linreg_widget.settings import Stop
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer


def crops(kind: Kind = "loss", rate: float = 1e-5, **settings: Any) -> tuple[Trainer, Guesses]:
    trainer = Trainer(crop_yields(), learning_rate=rate, **settings)
    return trainer, Guesses(trainer, kind)


def answered(guesses: Guesses) -> Answer:
    """The answer that is shown; the truth is known."""
    assert isinstance(guesses.shown, Answer)
    assert guesses.shown is guesses.answers[-1]
    return guesses.shown


def asked(guesses: Guesses) -> Question:
    assert guesses.question is not None
    return guesses.question


# ---- the rule of a close guess -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "guess", "truth", "close"),
    [
        (1000, 920, 920, True),
        (1000, 950, 920, True),  # 5% of a fall of 8%
        (1000, 1000, 920, False),  # the old number again
        (1000, 1080, 920, False),  # the wrong way
        (1000, 885, 920, True),
        (1000, 870, 920, False),
        (1000, 1000, 995, False),  # within half a percent of the truth, and no guess of the change
        (1000, 990, 995, False),
        (1000, 1000, 1000.04, True),  # the same in four digits
        (1000, 1001, 1000.04, False),
        (30000, 1000, 96, False),  # a share of 97% of the fall, and ten times too large
        (30000, 180, 96, True),
        (30000, 50, 96, True),
        (30000, 45, 96, False),
        (100, 145, 130, True),  # a rise
        (100, 0, 50, False),
        (100, 0, 0, True),
        (0, 0, 0, True),
        (0, 1, 0, False),
        (100, 200, math.inf, True),
        (100, 199, math.inf, False),
        (100, 1e30, math.nan, True),
    ],
)
def test_a_guess_is_judged_on_the_change(
    now: float, guess: float, truth: float, *, close: bool
) -> None:
    assert is_close(now, guess, truth) is close


# ---- steps ---------------------------------------------------------------------------------------


def test_a_step_asks_for_the_loss_after_it() -> None:
    trainer, guesses = crops()
    now = trainer.loss()
    assert guesses.ask("step")
    question = asked(guesses)
    assert (question.update, question.goal, question.now, question.choices) == (1, 1, now, ())
    assert question.words == (
        "Next is update 1. The loss over all rows is 33,150 now. What will it be then?"
    )
    guesses.guess(30_000)
    assert guesses.question is None
    assert guesses.answers == []
    trainer.step()
    guesses.look()
    answer = answered(guesses)
    assert (answer.guess, answer.truth, answer.right) == (30_000, trainer.loss(), True)
    assert answer.words == "Close: the loss fell by 17%; you expected it to fall by 9.5%."
    assert guesses.score == "1 of 1 close"


def test_each_step_asks_anew() -> None:
    trainer, guesses = crops()
    for update, guess in enumerate((30_000, 1e9), 1):
        assert guesses.ask("step")
        assert asked(guesses).update == update
        guesses.guess(guess)
        trainer.step()
        guesses.look()
    assert [answer.right for answer in guesses.answers] == [True, False]
    assert answered(guesses).words.startswith("Not close: the loss fell by ")
    assert "you expected it to become 36,500 times as large" in answered(guesses).words
    assert guesses.score == "1 of 2 close"


def test_a_step_by_phase_asks_once_an_update() -> None:
    trainer, guesses = crops()
    assert guesses.ask("step", "phase")
    guesses.guess(1)
    for _ in range(4):
        trainer.step("phase")
        guesses.look()
        assert guesses.answers == []
        assert not guesses.ask("step", "phase")
        assert not guesses.ask("step", "update")
    trainer.step("phase")
    guesses.look()
    assert (trainer.position.update, answered(guesses).right) == (1, False)
    assert guesses.ask("step", "phase")


def test_an_epoch_is_judged_at_its_end() -> None:
    trainer, guesses = crops()
    trainer.step(count=2)
    assert guesses.ask("step", "epoch")
    assert (asked(guesses).update, asked(guesses).goal) == (3, 5)
    assert asked(guesses).words.startswith("Next is epoch 1, up to update 5. The loss")
    guesses.guess(10)
    trainer.step("epoch")
    guesses.look()
    assert answered(guesses).truth == trainer.loss()


def test_weights_take_turns_and_rise_or_fall() -> None:
    trainer, guesses = crops("weight")
    for index in range(7):
        row, column = divmod(index % 6, 3)
        assert guesses.ask("step")
        question = asked(guesses)
        name = ("Mangoes", "Oranges")[row], ("Temperature", "Rainfall", "Humidity")[column]
        assert f"w[{name[0]}, {name[1]}] is " in question.words
        before = float(trainer.model.w.detach()[row, column])
        coming = [*trainer.next_rows]
        names = [trainer.table.row_names[row] for row in coming]
        rows = f"the rows {names[0]}, {names[1]} and {names[2]}"
        assert question.words.startswith(f"Update {index + 1} will learn from {rows}. w[")
        guesses.guess("Rise")
        trainer.step()
        assert [*trainer.specimen.rows] == coming
        guesses.look()
        rose = float(trainer.model.w.detach()[row, column]) > before
        assert answered(guesses).right is rose
        assert f"w[{name[0]}, {name[1]}] {'rose' if rose else 'fell'} from " in guesses.shown.words  # type: ignore[union-attr]
    rises = sum(answer.truth == "Rise" for answer in guesses.answers)
    assert 0 < rises < 7
    assert guesses.score == f"{rises} of 7 right"


def test_a_weight_that_does_not_move_counts_for_nobody() -> None:
    def frozen(model: Any, x: Any, y: Any, learning_rate: float) -> Generator[str, None, float]:
        yield "nothing"
        return 1.0

    trainer, guesses = crops("weight", update=frozen)
    guesses.ask("step")
    guesses.guess("Fall")
    trainer.step()
    guesses.look()
    assert (answered(guesses).right, answered(guesses).truth) == (None, None)
    assert answered(guesses).words.endswith("did not move; neither was right.")
    assert guesses.score == ""


@pytest.mark.parametrize(("rate", "grows"), [(1e-5, "No"), (1e-3, "Yes")])
def test_of_a_step_divergence_asks_whether_the_loss_grows(rate: float, grows: str) -> None:
    trainer, guesses = crops("diverges", rate)
    guesses.ask("step")
    assert "at a learning rate of" in asked(guesses).words
    assert asked(guesses).words.endswith("Will it grow?")
    guesses.guess("Yes")
    trainer.step()
    guesses.look()
    assert (answered(guesses).truth, answered(guesses).right) == (grows, grows == "Yes")


# ---- runs ----------------------------------------------------------------------------------------


@pytest.mark.clock
def test_a_run_is_judged_at_its_end_and_not_where_it_pauses() -> None:
    trainer, guesses = crops()
    assert guesses.ask("run")
    assert asked(guesses).words.startswith("The run goes on to update 250. The loss")
    guesses.guess(400)
    trainer.advance(60, updates=100)
    guesses.look(running=True)
    guesses.look()
    assert guesses.answers == []
    assert not guesses.ask("run"), "it was guessed at already"
    trainer.run()
    guesses.look()
    assert (answered(guesses).truth, answered(guesses).right) == (trainer.loss(), True)
    assert not guesses.ask("run"), "it is finished"


def test_a_run_that_stops_by_itself_is_judged_where_it_stops() -> None:
    trainer, guesses = crops(rate=0.1, standardize=True, epochs=1000, stop=Stop(within=1.5))
    guesses.ask("run")
    assert "goes on to update 5,000 at most" in asked(guesses).words
    guesses.guess(1.3)
    trainer.run()
    guesses.look()
    assert trainer.notice
    assert (answered(guesses).truth, answered(guesses).right) == (trainer.loss(), True)
    assert guesses.ask("run"), "the notice of the run before does not end the next one"
    guesses.guess(1)
    guesses.look()
    assert len(guesses.answers) == 1


@pytest.mark.parametrize(("rate", "diverges"), [(1e-5, "No"), (1e-3, "Yes")])
def test_whether_a_run_diverges(rate: float, diverges: str) -> None:
    trainer, guesses = crops("diverges", rate)
    guesses.ask("run")
    assert asked(guesses).words.endswith("Will it diverge?")
    guesses.guess("No")
    trainer.run()
    guesses.look()
    answer = answered(guesses)
    assert (answer.truth, answer.right) == (diverges, diverges == "No")
    if diverges == "Yes":
        assert f"it diverged at update {trainer.position.update}:" in answer.words
        assert not guesses.ask("step")
        assert not guesses.ask("run")


@pytest.mark.parametrize(("guess", "right"), [(100.0, False), (1e9, True)])
def test_the_loss_of_a_run_that_diverges_is_beyond_all_numbers(
    guess: float, *, right: bool
) -> None:
    trainer, guesses = crops(rate=1e-3)
    guesses.ask("run")
    guesses.guess(guess)
    trainer.run()
    guesses.look()
    assert answered(guesses).right is right
    assert "the loss is no longer finite" in answered(guesses).words


def test_nothing_is_asked_about_a_loss_that_is_not_finite() -> None:
    trainer, guesses = crops()
    trainer.set(w=[[3e38, 3e38, 3e38], [1, 1, 1]])
    assert not math.isfinite(trainer.loss())
    assert not guesses.ask("step")
    guesses.kind = "weight"
    assert guesses.ask("step")


# ---- answers that are none, and guesses that do not count ----------------------------------------


@pytest.mark.parametrize("value", ["many", "", None, True, math.nan, math.inf, -1, [1]])
def test_what_is_no_loss_is_refused_and_the_question_stays(value: object) -> None:
    _, guesses = crops()
    guesses.ask("step")
    with pytest.raises(
        SettingsError, match="is not a valid loss, which is a finite number, 0 or more"
    ):
        guesses.guess(value)
    assert guesses.question is not None
    guesses.guess(0)


def test_what_is_no_choice_is_refused() -> None:
    _, guesses = crops("weight")
    guesses.ask("step")
    with pytest.raises(SettingsError, match="'up' is not an answer; choose Rise or Fall"):
        guesses.guess("up")
    assert guesses.question is not None


def test_an_answer_needs_a_question() -> None:
    _, guesses = crops()
    with pytest.raises(SettingsError, match="no question is open"):
        guesses.guess(1)
    with pytest.raises(SettingsError, match="no question is open"):
        guesses.skip()


def test_a_skipped_question_shows_the_truth_and_counts_for_nothing() -> None:
    trainer, guesses = crops()
    guesses.ask("step")
    guesses.skip()
    trainer.step()
    guesses.look()
    answer = answered(guesses)
    assert (answer.guess, answer.truth, answer.right) == (None, trainer.loss(), None)
    assert answer.words == "The loss fell by 17%."
    assert guesses.score == ""


MOVES = {
    "step": lambda trainer: trainer.step(),
    "phase": lambda trainer: trainer.step("phase"),
    "reset": lambda trainer: trainer.reset(),
    "back": lambda trainer: trainer.back(),
    "set": lambda trainer: trainer.set(b=[1, 1]),
    "change": lambda trainer: trainer.change(learning_rate=1e-6),
}
MEDDLING = {
    "reset": lambda trainer: trainer.reset(),
    "seek": lambda trainer: trainer.seek(3),
    "set": lambda trainer: trainer.set(b=[1, 1]),
    "rate": lambda trainer: trainer.change(learning_rate=1e-6),
    "epochs": lambda trainer: trainer.change(epochs=60),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_an_open_question_is_withdrawn_when_the_run_is_elsewhere(move: Any) -> None:
    trainer, guesses = crops()
    trainer.step()
    guesses.ask("step")
    guesses.look()
    assert guesses.question is not None
    move(trainer)
    guesses.look()
    assert guesses.question is None
    assert "withdrawn" in str(guesses.shown)
    assert guesses.answers == []


@pytest.mark.parametrize("meddle", MEDDLING.values(), ids=MEDDLING)
@pytest.mark.clock
def test_a_guess_at_a_run_does_not_count_once_the_run_is_another(meddle: Any) -> None:
    trainer, guesses = crops()
    trainer.step(count=10)
    guesses.ask("run")
    guesses.guess(400)
    trainer.advance(60, updates=50)
    guesses.look()
    meddle(trainer)
    guesses.look()
    said = [guesses.shown]  # the words belong to the place where the guess was lost
    trainer.run()
    guesses.look()
    assert guesses.answers == []
    assert "does not count" in str([*said, guesses.shown])


def test_a_step_in_the_past_after_a_change_is_judged_like_any_other() -> None:
    trainer, guesses = crops()
    trainer.step(count=5)
    trainer.change(learning_rate=2e-5)
    trainer.step(count=5)
    trainer.seek(4)
    for update in (5, 6):
        assert guesses.ask("step")
        guesses.guess(1)
        trainer.step()
        guesses.look()
        assert answered(guesses).question.update == update
    trainer.change(learning_rate=3e-5)
    guesses.ask("step")
    guesses.guess(1)
    trainer.step()
    guesses.look()
    assert answered(guesses).question.update == 7
    assert len(trainer.recording.branches) == 1


def test_a_guess_at_an_update_that_fails_does_not_count() -> None:
    def fails(model: Any, x: Any, y: Any, learning_rate: float) -> Generator[str, None, float]:
        yield "begun"
        raise ValueError("no")

    update: UpdateFunction = fails
    trainer, guesses = crops(update=update)
    guesses.ask("step")
    guesses.guess(1)
    with pytest.raises(UpdateError):
        trainer.step()
    guesses.look()
    assert guesses.answers == []
    assert guesses.shown == "That guess does not count: the update function failed."


def test_an_update_that_spoils_w_is_judged_all_the_same() -> None:
    def spoils(model: Any, x: Any, y: Any, learning_rate: float) -> Generator[str, None, float]:
        yield "begun"
        with torch.no_grad():
            model.w *= math.nan
        return 1.0

    for kind, guess, right in (("loss", 10, False), ("weight", "Rise", None)):
        trainer, guesses = crops(kind, update=spoils)  # type: ignore[arg-type]
        guesses.ask("step")
        guesses.guess(guess)
        trainer.step()
        guesses.look()
        assert answered(guesses).right is right


# ---- what is kept --------------------------------------------------------------------------------


def test_the_answers_are_a_frame_that_outlives_what_is_asked() -> None:
    trainer, guesses = crops()
    assert guesses.to_frame().empty
    guesses.ask("step")
    guesses.guess(30_000)
    trainer.step()
    guesses.look()
    trainer.reset()
    guesses.kind = "weight"
    guesses.ask("step")
    guesses.skip()
    trainer.step()
    guesses.look()
    frame = guesses.to_frame()
    assert [*frame] == ["update", "kind", "question", "guess", "truth", "right", "skipped"]
    assert frame["kind"].tolist() == ["loss", "weight"]
    assert frame["guess"].tolist() == [30_000, None]
    assert frame["truth"].tolist() == [guesses.answers[0].truth, "Rise"]
    assert frame["right"].isna().tolist() == [False, True]
    assert frame["right"].sum() == 1
    assert frame["skipped"].tolist() == [False, True]


def test_another_kind_withdraws_what_is_open() -> None:
    _, guesses = crops()
    guesses.ask("step")
    guesses.kind = None
    assert guesses.question is None
    assert not guesses.ask("step")
    with pytest.raises(SettingsError, match="ask is 'los'; it must be 'loss', 'weight', 'div"):
        guesses.kind = "los"  # type: ignore[assignment]


def test_a_line_is_asked_for_once_a_run_and_stays_asked_while_it_is_drawn() -> None:
    trainer, guesses = crops("line")
    words = asked(guesses).words
    assert "drag the ends of the line" in words
    trainer.set(b=[70, 90])
    guesses.look()
    assert asked(guesses).words == words
    trainer.undo()
    guesses.look()
    assert asked(guesses).words == words
    guesses.guess("Done")
    answer = answered(guesses)
    assert (answer.guess, answer.truth) == (trainer.loss(), trainer.insight.floor)
    assert answer.right is False
    trainer.step()
    guesses.look()
    assert guesses.question is None
    trainer.reset()
    guesses.look()
    assert asked(guesses).words == words
    trainer.step()
    guesses.look()
    assert guesses.question is None, "the run has left the place where it was asked"


def test_a_line_is_close_if_a_tenth_of_the_way_to_the_best_is_left() -> None:
    trainer, guesses = crops("line")
    insight = trainer.insight
    best = insight.least_squares
    room = (insight.mean_loss - insight.floor) ** 0.5
    for share, close in ((0.09, True), (0.11, False)):
        trainer.reset()
        guesses.look()
        trainer.set(w=best.w, b=best.b + room * share**0.5)
        guesses.guess("Done")
        assert answered(guesses).right is close
