"""What the page draws data and line from: rows and features, once, and the leading feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from linreg_widget import Table, Trainer, crop_yields
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel


def sent(inputs: np.ndarray, targets: np.ndarray, **settings: Any) -> TrainerPanel:
    return TrainerPanel(Trainer(Table.of((inputs, targets)), **settings))


@pytest.mark.parametrize("standardize", [False, True])
def test_features_are_sent_by_columns_in_the_tables_units(*, standardize: bool) -> None:
    x = np.random.default_rng(0).normal(50, 9, size=(12, 3))
    panel = sent(x, x[:, :1], standardize=standardize)
    columns = unpack(panel._fit_inputs)["columns"]
    np.testing.assert_array_equal(columns, x.T.astype(np.float32))
    assert panel._fit["index"] == [*range(12)]
    np.testing.assert_allclose(panel._fit["means"], x.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(panel._fit["deviations"], x.std(axis=0), rtol=1e-6)
    panel.close()


def test_of_many_rows_a_sample_is_sent_and_of_wide_tables_the_leading_columns() -> None:
    x = np.random.default_rng(0).normal(size=(5_000, 40))
    panel = sent(x, x[:, 30:31] + x[:, 5:6] / 9)
    index = panel._fit["index"]
    assert len(index) == 500
    assert (index[0], index[-1], panel._fit["count"]) == (0, 4_999, 5_000)
    columns = unpack(panel._fit_inputs)["columns"]
    np.testing.assert_array_equal(columns, x[index, : len(columns)].T.astype(np.float32))
    assert 8 <= len(columns) < 30
    assert panel._fit["leading"] == [5], "of the columns that are there"
    panel.close()


def test_the_leading_feature_is_the_one_by_which_a_line_alone_explains_most() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 4))
    x[:, 1] = 7  # constant
    y = np.column_stack([x[:, 2] + rng.normal(size=60), 3 * x[:, 0] + rng.normal(size=60)])
    panel = sent(x, y)
    assert panel._fit["leading"] == [2, 0]
    alone = panel.trainer.insight.r2_alone
    for k, j in ((0, 2), (1, 0), (1, 3)):
        assert alone[k, j] == pytest.approx(np.corrcoef(x[:, j], y[:, k])[0, 1] ** 2, rel=1e-4)
    np.testing.assert_array_equal(alone[:, 1], 0)
    panel.close()


def test_a_batch_names_its_rows_by_number_too() -> None:
    panel = TrainerPanel(Trainer(Table.of((np.eye(9), np.arange(9.0)[:, None]))))
    panel.step()
    assert panel._frame["rows"] == [f"row {number + 1}" for number in panel._frame["index"]]
    panel.close()


# ---- rows held out -------------------------------------------------------------------------------


@pytest.mark.parametrize("standardize", [False, True])
def test_rows_held_out_come_with_their_features_predictions_and_score(*, standardize: bool) -> None:
    trainer = Trainer(crop_yields(), held_out="C,H,M", standardize=standardize)
    trainer.step(count=9)
    panel = TrainerPanel(trainer)
    assert panel._fit["rows"] == list("ABDEFGIJKLNO")
    assert (panel._fit["held_out"], panel._fit["held_out_count"]) == (["C", "H", "M"], 3)
    held_out = trainer.held_out
    assert held_out is not None
    inputs = unpack(panel._fit_inputs)
    np.testing.assert_array_equal(inputs["held_out"], held_out.inputs.T)
    np.testing.assert_array_equal(inputs["columns"], trainer.table.inputs.T)
    for _ in range(2):
        arrays = unpack(panel._fit_data)
        np.testing.assert_array_equal(arrays["held_out_targets"], held_out.targets)
        predictions = trainer.predict(held_out.inputs).numpy()
        np.testing.assert_array_equal(arrays["held_out_predictions"], predictions)
        for name, score in (
            ("", trainer.score()),
            ("held_out_", trainer.score(held_out=True)),
        ):
            np.testing.assert_allclose(arrays[f"{name}rmse"], score.rmse, rtol=1e-6)
            np.testing.assert_allclose(arrays[f"{name}r2"], score.r2, rtol=1e-5)
        panel.run(2)
    panel.close()


def test_without_rows_held_out_there_are_none_of_them() -> None:
    panel = TrainerPanel(Trainer(crop_yields()))
    assert (panel._fit["held_out"], panel._fit["held_out_count"]) == ([], 0)
    assert unpack(panel._fit_inputs)["held_out"].shape == (3, 0)
    arrays = unpack(panel._fit_data)
    assert arrays["held_out_predictions"].shape == (0, 2)
    assert arrays["held_out_r2"].shape == (0,)
    np.testing.assert_allclose(arrays["r2"], panel.trainer.score().r2, rtol=1e-5)
    panel.close()


def test_of_many_rows_held_out_a_sample_is_sent_and_a_constant_target_has_no_r2() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4_000, 5)).astype(np.float32)
    y = np.column_stack([x[:, 0], np.full(4_000, 7, np.float32)])
    trainer = Trainer(Table.of((x, y)), held_out=0.5)
    panel = TrainerPanel(trainer)
    names = panel._fit["held_out"]
    assert (len(names), names[0], names[-1]) == (250, "row 1", "row 2000")
    assert panel._fit["held_out_count"] == 2_000
    arrays = unpack(panel._fit_data)
    assert arrays["held_out_predictions"].shape == (250, 2)
    score = trainer.score(held_out=True)
    assert arrays["held_out_rmse"] == pytest.approx(score.rmse), "of all"
    assert np.isnan(arrays["r2"]).tolist() == [False, True]
    assert np.isnan(arrays["held_out_r2"]).tolist() == [False, True]
    panel.close()
