"""Rows held out: the run is that of the other rows, to the last bit, and their loss is told."""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from linreg_widget import crop_yields
from linreg_widget.errors import SettingsError, TableError
from linreg_widget.insight import findings
from linreg_widget.settings import Stop
from linreg_widget.table import Table
from linreg_widget.training import Trainer, link_of, summary_of, trainer_from
from tests.lanes import seeds
from tests.training.oracle import article, same_model
from tests.training.updates import momentum

CROPS = crop_yields()
OUT = [name in "CHM" for name in CROPS.row_names]
WAYS: dict[str, Any] = {
    "names": ["C", "H", "M"],
    "one text": "C, H, M",
    "a mask": OUT,
    "an array": np.array(OUT),
    "a series": pd.Series(OUT),
    "a tensor": torch.tensor(OUT),
}


def rows(table: Table, mask: Any) -> Table:
    frame = table.to_frame()[np.array(mask)]
    return Table.of(frame, ["Mangoes", "Oranges"])


KEPT, HELD = rows(CROPS, ~np.array(OUT)), rows(CROPS, OUT)


@pytest.mark.parametrize("held_out", WAYS.values(), ids=WAYS)
def test_rows_are_held_out_in_every_way_that_names_them(held_out: Any) -> None:
    trainer = Trainer(CROPS, held_out=held_out)
    assert trainer.table == KEPT
    assert trainer.held_out == HELD
    assert trainer.table.row_names == tuple("ABDEFGIJKLNO")


def test_a_table_of_its_own_is_held_out() -> None:
    trainer = Trainer(KEPT, held_out=HELD)
    assert (trainer.table, trainer.held_out) == (KEPT, HELD)
    assert trainer.held_rows is None


def test_a_fraction_is_drawn_from_the_seed_and_nothing_else() -> None:
    torch.manual_seed(1)
    first = Trainer(CROPS, held_out=0.2)
    torch.manual_seed(2)
    again, other = Trainer(CROPS, held_out=0.2), Trainer(CROPS, held_out=0.2, seed=1)
    assert first.held_rows == again.held_rows != other.held_rows
    assert first.held_out is not None
    assert first.held_out.rows == 3
    held_rows = first.held_rows
    first.reset(seed=5)
    assert first.held_rows == held_rows
    assert first.table == again.table
    for fraction, count in ((0.001, 1), (0.999, 14), (0.5, 8)):
        held = Trainer(CROPS, held_out=fraction).held_out
        assert held is not None
        assert held.rows == count


@pytest.mark.parametrize("seed", seeds(12))
@pytest.mark.parametrize("standardize", [False, True])
def test_the_run_has_the_articles_bits_on_the_rows_kept(seed: int, *, standardize: bool) -> None:
    rate = 0.05 if standardize else 1e-5
    trainer = Trainer(
        CROPS, held_out="C,H,M", seed=seed, learning_rate=rate, standardize=standardize
    )
    alone = Trainer(KEPT, seed=seed, learning_rate=rate, standardize=standardize)
    trainer.run()
    alone.run()
    assert same_model(trainer, alone)
    assert trainer.recording.losses.tobytes() == alone.recording.losses.tobytes()
    assert trainer.settings == alone.settings
    if not standardize:
        losses, w, b = article(KEPT, seed, rate, 3)
        assert trainer.recording.losses.tobytes() == losses.tobytes()
        assert torch.equal(trainer.model.w, w)
        assert torch.equal(trainer.model.b, b)


def test_nothing_that_is_worked_out_from_the_data_knows_the_rows_held_out() -> None:
    trainer, alone = Trainer(CROPS, held_out="C,H,M"), Trainer(KEPT)
    assert trainer.settings == alone.settings
    assert trainer.insight.floor == alone.insight.floor
    other = Trainer(KEPT, held_out=Table.of(HELD.to_frame() * 1000, 2))
    assert other.settings == alone.settings
    other.run()
    trainer.run()
    assert same_model(trainer, other)


# ---- their loss ----------------------------------------------------------------------------------


def loss_by_hand(trainer: Trainer) -> float:
    assert trainer.held_out is not None
    predictions = trainer.predict(trainer.held_out.inputs).double().numpy()
    return float(np.mean((predictions - trainer.held_out.targets) ** 2))


@pytest.mark.parametrize("by", ["run", "update", "phase", "epoch", "advance"])
@pytest.mark.clock
def test_their_loss_is_recorded_as_each_epoch_ends_however_it_was_come_to(by: str) -> None:
    trainer = Trainer(CROPS, held_out="C,H,M", epochs=4, standardize=True)
    if by == "run":
        trainer.run()
    elif by == "advance":
        trainer.advance(10)
    else:
        while trainer.position.update < 16:
            trainer.step(by, 3 if by == "update" else 1)  # type: ignore[arg-type]
        trainer.back(count=trainer.position.update - 16) if trainer.position.update > 16 else None
    updates, losses = trainer.held_out_losses()
    assert updates.tolist() == [0, 4, 8, 12, 16]
    for update, loss in zip(updates.tolist(), losses.tolist(), strict=True):
        trainer.seek(update)
        assert loss == trainer.held_out_loss() == pytest.approx(loss_by_hand(trainer), rel=1e-5)


@pytest.mark.parametrize("phase", ["predict", "update"])
@pytest.mark.parametrize("update", [0, 4, 5])
def test_a_look_into_an_update_before_it_is_made_adds_no_moment(update: int, phase: str) -> None:
    plain, looked_into = (Trainer(crop_yields(), held_out=0.2, epochs=3) for _ in range(2))
    looked_into.step(count=update) if update else None
    looked_into.seek(update, phase)
    for trainer in (plain, looked_into):
        trainer.run()
    updates, losses = looked_into.held_out_losses()
    assert updates.tolist() == [0, 4, 8, 12]
    assert losses.tolist() == plain.held_out_losses()[1].tolist()
    assert not any(mark.by_hand for mark in looked_into.recording.snapshots)


@pytest.mark.clock
def test_it_stands_in_the_frame_the_comparison_and_the_summary() -> None:
    trainer = Trainer(CROPS, held_out="C,H,M", epochs=3)
    trainer.run()
    frame = trainer.recording.to_frame()
    assert frame["held_out"].notna().tolist() == [False, False, False, True] * 3
    assert frame["held_out"].iloc[-1] == trainer.held_out_loss()
    trainer.keep("first")
    assert trainer.comparison()["held_out"].tolist() == [trainer.held_out_loss()] * 2
    assert "loss over the 3 rows held out" in summary_of(trainer)
    assert "Mangoes: R² " in summary_of(trainer)
    alone = Trainer(CROPS, epochs=3)
    alone.run()
    assert "held_out" not in alone.recording.to_frame()
    assert "held_out" not in alone.comparison()
    assert "held out" not in summary_of(alone)
    assert np.isnan(alone.held_out_loss())
    assert alone.best_update is None


def test_r2_and_rmse_are_those_of_scikit_learn_on_both_sides() -> None:
    from sklearn.metrics import r2_score, root_mean_squared_error

    trainer = Trainer(CROPS, held_out=0.4, standardize=True)
    trainer.run()
    assert trainer.held_out is not None
    for table, score in (
        (trainer.table, trainer.score()),
        (trainer.held_out, trainer.score(held_out=True)),
    ):
        predictions = trainer.predict(table.inputs).numpy()
        for name, ours in ((r2_score, score.r2), (root_mean_squared_error, score.rmse)):
            expected = name(table.targets, predictions, multioutput="raw_values")
            np.testing.assert_allclose(ours, expected, rtol=1e-5)
    assert np.isnan(Trainer(Table.parse("x,y\n1,5\n2,5\n3,5")).score().r2).all()
    with pytest.raises(SettingsError, match="no rows are held out; begin with"):
        Trainer(CROPS).score(held_out=True)


def test_a_branch_a_reset_and_numbers_set_by_hand_have_losses_of_their_own() -> None:
    trainer = Trainer(CROPS, held_out="C,H,M", epochs=4, standardize=True)
    trainer.run()
    before = curve(trainer)
    trainer.seek(6)
    trainer.change(learning_rate=0.3)
    trainer.run()
    after = curve(trainer)
    assert {at for at in before if before[at] == after[at]} == {0, 4}
    trainer.seek(8)
    trainer.set(b=[1.0, 2.0])
    losses = curve(trainer)
    assert losses[8] == trainer.held_out_loss() != after[8]
    trainer.undo()
    assert curve(trainer) == after
    trainer.reset()
    assert trainer.held_out_losses()[0].tolist() == [0]
    assert trainer.held_out == HELD


def curve(trainer: Trainer) -> dict[int, float]:
    return dict(zip(*(part.tolist() for part in trainer.held_out_losses()), strict=True))


def copied(trainer: Trainer, how: str) -> Trainer:
    return copy.deepcopy(trainer) if how == "copy" else pickle.loads(pickle.dumps(trainer))


@pytest.mark.parametrize("how", ["copy", "pickle"])
def test_copies_hold_the_same_rows_out_and_go_their_own_way(how: str) -> None:
    trainer = Trainer(CROPS, held_out="C,H,M", epochs=4, stop=Stop(patience=2, on="held_out"))
    trainer.step(by="epoch", count=2)
    twin = copied(trainer, how)
    assert twin.held_out == HELD
    assert twin.held_rows == trainer.held_rows
    assert twin.stop == trainer.stop
    twin.run()
    assert trainer.held_out_losses()[0].tolist() == [0, 4, 8]
    trainer.run()
    assert same_model(trainer, twin)
    assert curve(trainer) == curve(twin)


# ---- stopping early ------------------------------------------------------------------------------


def test_early_stopping_says_which_update_was_best_and_rescue_leads_there() -> None:
    stop = Stop(patience=5, on="held_out")
    trainer = Trainer(
        CROPS.polynomial(2), held_out="C,H,M", learning_rate=0.1, standardize=True, epochs=1000
    )
    trainer.stop = stop
    trainer.run()
    updates, losses = trainer.held_out_losses()
    best = int(updates[np.argmin(losses[1:]) + 1])
    assert trainer.status == "paused"
    assert trainer.position.update == best + 5 * 4
    assert trainer.notice.endswith(f"after update {best}: rescue('best') goes back there.")
    assert "the loss of the rows held out has not fallen below" in trainer.notice
    trainer.rescue("best")
    assert trainer.position.update == trainer.best_update
    assert trainer.held_out_loss() == losses.min()


def test_patience_is_about_the_known_rows_unless_it_is_said() -> None:
    patient = Trainer(CROPS.polynomial(2), held_out="C,H,M", standardize=True, learning_rate=0.1)
    patient.stop = Stop(patience=30)
    patient.run()
    assert patient.status == "finished"


def test_what_needs_rows_held_out_says_so() -> None:
    with pytest.raises(SettingsError, match="on='held_out' needs rows held out"):
        Trainer(CROPS, stop=Stop(patience=3, on="held_out"))
    with pytest.raises(SettingsError, match="no rows are held out, so no update was best"):
        Trainer(CROPS).rescue("best")
    with pytest.raises(SettingsError, match="on is 'others'; it must be 'known' or 'held_out'"):
        Stop(patience=3, on="others")  # type: ignore[arg-type]


# ---- scripts and links ---------------------------------------------------------------------------


def printed(script: str) -> list[str]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(script, {"__name__": "script"})  # noqa: S102 - what it was written for
    return out.getvalue().splitlines()


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("update", [None, momentum], ids=["the article's", "momentum"])
def test_a_script_prints_the_same_bits_and_the_loss_of_the_rows_held_out(
    *, standardize: bool, changed: bool, update: Any
) -> None:
    own = {} if update is None else {"update": update}
    trainer = Trainer(CROPS, held_out=0.3, epochs=4, standardize=standardize, **own)
    trainer.step(count=5)
    if changed:
        trainer.change(learning_rate=trainer.settings.rate / 2)
    trainer.run()
    *batches, last = printed(trainer.to_script())
    losses = np.array([float(line.split("loss ")[1]) for line in batches], np.float32)
    assert losses.tobytes() == trainer.recording.losses.tobytes()
    assert last == f"Rows held out: loss {trainer.held_out_loss()}"
    kept = Trainer(trainer.table, trainer.settings, **own)
    kept.step()
    assert "unseen" not in kept.to_script()


@pytest.mark.parametrize("held_out", [0.3, "C,H,M", OUT], ids=["fraction", "names", "mask"])
def test_a_link_leads_to_the_same_run_of_the_whole_table(held_out: Any) -> None:
    trainer = Trainer(CROPS, held_out=held_out, stop=Stop(patience=9, on="held_out"))
    trainer.step(count=7)
    again = trainer_from(link_of(trainer), CROPS)
    assert same_model(trainer, again)
    assert (again.table, again.held_out) == (trainer.table, trainer.held_out)
    assert again.stop == trainer.stop
    assert again.held_out_loss() == trainer.held_out_loss()
    with pytest.raises(SettingsError, match="another table"):
        trainer_from(link_of(trainer), trainer.table)
    with pytest.raises(SettingsError, match="this link knows which rows are held out"):
        trainer_from(link_of(trainer), CROPS, held_out=HELD)


def test_a_link_asks_for_a_table_of_its_own() -> None:
    trainer = Trainer(KEPT, held_out=HELD)
    trainer.step()
    link = link_of(trainer)
    assert trainer_from(link, KEPT, held_out=HELD).held_out == HELD
    for others in (None, KEPT):
        with pytest.raises(SettingsError, match="give that table as held_out="):
            trainer_from(link, KEPT, held_out=others)
    plain = Trainer(CROPS)
    assert trainer_from(link_of(plain), CROPS).held_out is None


# ---- leakage, overfitting ------------------------------------------------------------------------


def told(trainer: Trainer) -> str:
    return " ".join(findings(trainer.insight, trainer.settings.rate, trainer.held_out))


def test_near_copies_between_the_two_sides_are_named() -> None:
    words = told(Trainer(CROPS, held_out=["A", "B"]))
    assert "2 of the 2 rows held out are near copies of rows that are trained on" in words
    assert "A (of K and F)" in words
    assert "near cop" not in told(Trainer(CROPS, held_out="C,H,M"))
    assert "near cop" not in told(Trainer(CROPS))
    numbers = np.random.default_rng(0).normal(size=(20, 3))
    twice = Trainer((numbers[:, :2], numbers[:, 2]))
    others = Table.of((numbers[[3, 3], :2] + [[0, 0], [5, 5]], numbers[[3, 3], 2]))
    again = Trainer(twice.table, held_out=others)
    assert "1 of the 2 rows held out is a near copy" in told(again)


@pytest.mark.parametrize(("n", "d"), [(30, 1), (200, 1), (200, 3), (20, 5)])
def test_rows_that_are_near_by_chance_are_no_copies(n: int, d: int) -> None:
    for seed in range(4):
        numbers = np.random.default_rng(seed)
        x = numbers.normal(size=(n, d))
        y = x.sum(axis=1) + 0.1 * numbers.normal(size=n)
        assert "near cop" not in told(Trainer((x, y), held_out=0.2))


def test_overfitting_can_be_seen_on_the_crops() -> None:
    trainer = Trainer(
        CROPS.polynomial(2),
        held_out="C,H,M",
        standardize=True,
        learning_rate=0.1,
        batch_size=3,
        epochs=1000,
    )
    assert trainer.table.features == 9
    trainer.step(by="epoch", count=10)
    assert trainer.loss() == pytest.approx(2.40, abs=0.005)
    assert trainer.held_out_loss() == pytest.approx(21.9, abs=0.05)
    trainer.run()
    assert trainer.loss() == pytest.approx(0.81, abs=0.005)
    assert trainer.held_out_loss() == pytest.approx(492, abs=0.5)


def test_a_polynomial_has_readable_names_and_exact_products() -> None:
    table = CROPS.polynomial(3)
    assert table.features == 19
    assert table.feature_names[:3] == CROPS.feature_names
    assert table.feature_units[:4] == ("F", "mm", "%", "")
    columns = dict(zip(table.feature_names, table.inputs.T, strict=True))
    heat, rain, wet = CROPS.inputs.T.astype(np.float64)
    expected = {
        "Rainfall²": rain**2,
        "Rainfall × Humidity": rain * wet,
        "Humidity³": wet**3,
        "Temperature² × Rainfall": heat**2 * rain,
        "Temperature × Rainfall × Humidity": heat * rain * wet,
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(columns[name], values.astype(np.float32))
    assert CROPS.polynomial(1) == CROPS
    assert table.row_names == CROPS.row_names
    assert (table.targets == CROPS.targets).all()


@pytest.mark.parametrize(
    ("degree", "message"),
    [
        (0, "degree is '0'; it must be a whole number, 1 or more"),
        (1.5, "degree is '1.5'"),
        (True, "degree is 'True'"),
        (40, "degree 40 of 3 features makes more than 1,000 features"),
    ],
)
def test_a_degree_that_cannot_be_is_refused(degree: Any, message: str) -> None:
    with pytest.raises(TableError, match=message.replace("(", r"\(")):
        CROPS.polynomial(degree)


def test_products_beyond_float32_are_refused_by_name() -> None:
    with pytest.raises(TableError, match=r"column 'x²' holds 1e\+60: that is beyond float32"):
        Table.parse("x,y\n1e30,1\n2,3").polynomial(2)


# ---- refused -------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Any, str]] = {
    "a count": (3, "held_out is 3; a fraction lies between 0 and 1"),
    "nothing": (0.0, "held_out is 0; a fraction lies between 0 and 1"),
    "not a number": (float("nan"), "held_out is NaN; a fraction lies"),
    "a truth": (True, "held_out is True; give a fraction"),
    "an unknown name": (["C", "Z"], "held_out names the row 'Z', but there is no such row"),
    "a near name": ("c", "held_out names the row 'c', but there is no such row"),
    "all rows": ([True] * 15, "held_out takes all of 15 rows"),
    "no row": ([False] * 15, "held_out takes none of 15 rows"),
    "an empty list": ([], "held_out is a mask of 0 entries for 15 rows"),
    "a short mask": ([True, False], "held_out is a mask of 2 entries for 15 rows"),
    "positions": ([2, 7, 12], "held_out holds 2; give a fraction"),
    "other columns": (Table.parse("x,y\n1,2"), "held_out has the columns x, y, and the table Temp"),
}


@pytest.mark.parametrize(("held_out", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_held_out_is_refused_in_words(held_out: Any, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Trainer(CROPS, held_out=held_out)
    assert message in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_a_table_without_names_or_with_one_row_says_so() -> None:
    with pytest.raises(SettingsError, match="but the rows have no names"):
        Trainer(Table.parse("x,y\n1,2\n3,4"), held_out="A")
    with pytest.raises(SettingsError, match="has one row only"):
        Trainer(Table.parse("x,y\n1,2"), held_out=0.5)


def test_a_link_names_rows_that_a_seed_has_drawn_by_their_number() -> None:
    table = Table.of(np.random.default_rng(2).normal(size=(2_000, 3)))
    links = {}
    for many, held_out in ((False, 0.01), (True, 0.5)):
        trainer = Trainer(table, held_out=held_out, learning_rate=1e-2, batch_size=500, seed=3)
        trainer.step(count=3)
        links[many] = link_of(trainer)
        again = trainer_from(links[many], table)
        assert again.held_rows == trainer.held_rows
        assert np.array_equal(again.recording.losses, trainer.recording.losses)
        by_hand = np.isin(np.arange(2_000), [*(trainer.held_rows or ())][:-1])
        other = Trainer(table, held_out=by_hand, learning_rate=1e-2, batch_size=500, seed=3)
        assert trainer_from(link_of(other), table).held_rows == other.held_rows
    assert len(links[True]) < 1.1 * len(links[False])
