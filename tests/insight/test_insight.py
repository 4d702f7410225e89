"""What the data say: against the Hessian, actual runs and least squares; for odd tables too."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linreg_widget.errors import SettingsError
from linreg_widget.insight import insight as insight_module
from linreg_widget.insight.findings import findings
from linreg_widget.insight.insight import Insight, round_rate
from linreg_widget.insight.leastsquares import scaling
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.defaults import filled_in
from linreg_widget.training.trainer import Trainer
from tests.lanes import seeds


def random_table(seed: int, rows: int = 20, features: int = 3, targets: int = 2) -> Table:
    numbers = np.random.default_rng(seed)
    scales = 10.0 ** numbers.integers(-2, 3, features)
    return Table.of(
        (numbers.normal(1, scales, (rows, features)), numbers.normal(size=(rows, targets)))
    )


def hessian(table: Table, *, standardize: bool) -> NDArray[np.float64]:
    """The loss's second derivatives for all targets, by autograd in float64; w first, then b."""
    x = torch.tensor(table.inputs, dtype=torch.float64)
    if standardize:
        mean, std = scaling(table)
        x = (x - torch.tensor(mean)) / torch.tensor(std)
    y = torch.tensor(table.targets, dtype=torch.float64)
    t, d = table.outputs, table.features

    def loss(parameters: torch.Tensor) -> torch.Tensor:
        w, b = parameters[: t * d].reshape(t, d), parameters[t * d :]
        return torch.mean((x @ w.t() + b - y) ** 2)

    start = torch.zeros(t * (d + 1), dtype=torch.float64)
    return np.asarray(torch.autograd.functional.hessian(loss, start))


def test_the_facts_about_the_articles_rows() -> None:
    insight = Insight.of(crop_yields(), batch_size=3)
    assert insight.largest_stable_rate == pytest.approx(1.1155e-4, rel=1e-4)
    assert insight.worst_batch_rate == pytest.approx(6.89e-5, rel=1e-3)
    assert insight.condition_number == pytest.approx(2.2e6, rel=1e-2)
    assert insight.least_squares.loss == pytest.approx(0.9094, rel=1e-4)
    np.testing.assert_allclose(insight.least_squares.b, [2.21, -5.04], atol=0.005)
    assert insight.mean_loss == pytest.approx(1190.67, abs=0.005)
    assert insight.safe_rate == 1e-5
    scaled = insight.but(batch_size=3, standardize=True)
    assert scaled.largest_stable_rate == pytest.approx(1.007, rel=1e-3)
    assert scaled.condition_number == pytest.approx(7.0, abs=0.05)
    assert scaled.least_squares.loss == insight.least_squares.loss
    assert insight.target_losses(np.zeros((2, 3)), np.zeros(2)).mean() == pytest.approx(8310.67)
    # The bias hardly learns: at the article's rate its error takes millions of epochs to halve.
    assert insight.half_lives(1e-6)[-1] > 1e7
    assert insight.name_of_direction(3) == "mostly the bias"


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_curvatures_are_the_hessians_eigenvalues(seed: int, *, standardize: bool) -> None:
    table = random_table(seed)
    insight = Insight.of(table, standardize=standardize)
    expected = np.linalg.eigvalsh(hessian(table, standardize=standardize))[::-1]
    # Each target has the same curvatures, so each stands there twice.
    np.testing.assert_allclose(np.repeat(insight.curvatures, 2), expected, rtol=1e-6)
    assert insight.largest_stable_rate == pytest.approx(2 / expected[0])
    assert insight.condition_number == pytest.approx(expected[0] / expected[-1], rel=1e-6)
    block = hessian(table, standardize=standardize)
    block = block[np.ix_([0, 1, 2, 6], [0, 1, 2, 6])]  # the first target's
    turned = insight.directions.T @ block @ insight.directions
    np.testing.assert_allclose(turned, np.diag(insight.curvatures), atol=1e-6 * expected[0])


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(50))
def test_just_below_the_limit_a_run_converges_and_just_above_it_diverges(seed: int) -> None:
    numbers = np.random.default_rng(1000 + seed)
    table = random_table(
        seed,
        rows=int(numbers.integers(2, 40)),
        features=int(numbers.integers(1, 7)),
        targets=int(numbers.integers(1, 4)),
    )
    standardize = bool(seed % 2)
    insight = Insight.of(table, standardize=standardize)

    def run(share: float, epochs: int) -> Trainer:
        trainer = Trainer(
            table,
            learning_rate=share * insight.largest_stable_rate,
            batch_size=table.rows,
            epochs=epochs,
            standardize=standardize,
        )
        trainer.run()
        return trainer

    below, longer = run(0.98, 300), run(0.98, 400)
    assert (below.status, longer.status) == ("finished", "finished")
    assert longer.loss() <= below.loss() * (1 + 1e-4) + 1e-6
    above = run(1.05, 4000)
    assert above.status == "diverged"


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 6, 7, 20])
def test_no_batch_is_steeper_than_the_worst_one(batch_size: int, *, standardize: bool) -> None:
    table = random_table(8, rows=7)
    insight = Insight.of(table, batch_size=batch_size, standardize=standardize)
    mean, std = scaling(table) if standardize else (0.0, 1.0)
    z = np.column_stack([(table.inputs - mean) / std, np.ones(table.rows)])
    limits = [
        2 / np.linalg.eigvalsh(2 / (size * table.outputs) * z[rows].T @ z[rows])[-1]
        for size in {min(batch_size, 7), 7 % batch_size or 7}
        for rows in map(list, itertools.combinations(range(7), size))
    ]
    assert insight.worst_batch_rate <= min(limits) * (1 + 1e-12)
    assert insight.worst_batch_rate >= min(limits) / (table.features + 1)
    assert insight.worst_batch_rate <= insight.largest_stable_rate
    if batch_size in (1, 7, 20):
        assert insight.worst_batch_rate == pytest.approx(min(limits))


@pytest.mark.parametrize("standardize", [False, True])
def test_half_lives_are_those_of_actual_runs(*, standardize: bool) -> None:
    table = random_table(2)
    insight = Insight.of(table, standardize=standardize)
    rate = 0.3 * insight.largest_stable_rate
    best = insight.scaled_least_squares if standardize else insight.least_squares
    trainer = Trainer(
        table, learning_rate=rate, batch_size=table.rows, epochs=10**6, standardize=standardize
    )

    def errors() -> NDArray[np.float64]:
        """How far the first target's w and b are from the best, along each direction."""
        model = trainer.model
        off = np.append(model.w.detach()[0] - best.w[0], model.b.detach()[0] - best.b[0])
        return np.asarray(np.abs(insight.directions.T @ off))

    lives = insight.half_lives(rate)
    assert (np.diff(lives) > 0).all()
    for direction, life in enumerate(lives):
        if 3 < life < 3000:
            trainer.reset()
            first = errors()[direction]
            trainer.step(count=round(life))
            expected = 0.5 ** (round(life) / life)
            assert errors()[direction] / first == pytest.approx(expected, rel=0.02)


def test_half_lives_of_small_batches_count_all_updates_of_an_epoch() -> None:
    whole = Insight.of(crop_yields()).half_lives(1e-5)
    by_three = Insight.of(crop_yields(), batch_size=3).half_lives(1e-5)
    np.testing.assert_allclose(by_three, whole / 5)
    assert np.isinf(Insight.of(crop_yields()).half_lives(2e-4)[0])


def test_r2_and_rmse_are_scikit_learns() -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    table = random_table(6)
    insight = Insight.of(table)
    x, y = table.inputs.astype(float), table.targets.astype(float)
    predictions = LinearRegression().fit(x, y).predict(x)
    np.testing.assert_allclose(insight.r2, r2_score(y, predictions, multioutput="raw_values"))
    np.testing.assert_allclose(insight.rmse, np.sqrt(((predictions - y) ** 2).mean(axis=0)))
    constant = Insight.of((x, np.column_stack([y[:, 0], np.full(len(y), 7.0)])))
    assert np.isnan(constant.r2[1])


@pytest.mark.parametrize("standardize", [False, True])
def test_the_loss_of_any_coefficients_is_that_of_the_rows(*, standardize: bool) -> None:
    trainer = Trainer(random_table(7), learning_rate=1e-3, standardize=standardize, epochs=3)
    trainer.run()
    w, b = trainer.coefficients(scaled=True)
    found = trainer.insight.target_losses(w, b)
    np.testing.assert_allclose(found, trainer.target_losses(), rtol=1e-4)
    assert found.mean() == pytest.approx(trainer.loss(), rel=1e-4)
    many = trainer.insight.target_losses(np.stack([w, 0 * w]), np.stack([b, b]))
    assert many.shape == (2, 2)
    np.testing.assert_allclose(many[0], found)


def test_standardized_and_unscaled_solutions_are_scikit_learns() -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = random_table(9)
    x, y = table.inputs.astype(float), table.targets.astype(float)
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(x, y)
    insight = Insight.of(table, standardize=True)
    np.testing.assert_allclose(insight.scaled_least_squares.w, pipeline[-1].coef_, rtol=1e-9)
    np.testing.assert_allclose(insight.scaled_least_squares.b, pipeline[-1].intercept_, rtol=1e-9)
    trainer = Trainer(
        table, standardize=True, learning_rate=0.3, batch_size=table.rows, epochs=1000
    )
    trainer.run()
    scaled, own = trainer.coefficients(scaled=True), trainer.coefficients()
    np.testing.assert_allclose(scaled.w, pipeline[-1].coef_, atol=1e-5)
    np.testing.assert_allclose(scaled.b, pipeline[-1].intercept_, atol=1e-5)
    np.testing.assert_allclose(own.w, LinearRegression().fit(x, y).coef_, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(x @ own.w.T + own.b, pipeline.predict(x), atol=1e-4)


@pytest.mark.parametrize("standardize", [False, True])
def test_what_does_not_change_insight(*, standardize: bool) -> None:
    table = random_table(11)
    x, y = table.inputs, table.targets
    insight = Insight.of(table, batch_size=4, standardize=standardize)
    order = np.random.default_rng(0).permutation(table.rows)
    shuffled = Insight.of((x[order], y[order]), batch_size=4, standardize=standardize)
    np.testing.assert_allclose(shuffled.curvatures, insight.curvatures, rtol=1e-6)
    assert shuffled.worst_batch_rate == pytest.approx(insight.worst_batch_rate)
    shifted = Insight.of((x, y + 8), batch_size=4, standardize=standardize)
    np.testing.assert_array_equal(shifted.curvatures, insight.curvatures)
    np.testing.assert_allclose(shifted.r2, insight.r2, atol=1e-5)
    # Units matter to plain gradient descent, and to none of the rest; powers of two keep the bits.
    converted = Insight.of((x * np.float32(1024), y), batch_size=4, standardize=standardize)
    np.testing.assert_allclose(converted.r2, insight.r2, rtol=1e-9)
    same = np.allclose(converted.curvatures, insight.curvatures)
    assert same == standardize


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(
    "inputs",
    [
        np.ones((1, 1)),
        np.zeros((4, 2)),
        np.full((5, 1), 1e30),
        np.array([[1e30], [2e30], [3e30]]),
        np.array([[1e-30, 5], [2e-30, 6], [9e-30, 1]]),
        np.array([[1e-30, 5e30], [2e-30, 6e30], [9e-30, 1e30]]),
        np.array([[1e-45, 3e38], [0, -3e38]]),
        np.random.default_rng(0).normal(size=(3, 50)),
        np.random.default_rng(0).normal(size=(8, 1000)),
        np.repeat([[1.0, 2.0], [3.0, 4.0]], 2, axis=1),
    ],
)
def test_tables_of_any_shape_and_scale_have_insight(
    inputs: NDArray[np.float64], *, standardize: bool
) -> None:
    table = Table.of((inputs, np.arange(len(inputs), dtype=float)))
    insight = Insight.of(table, batch_size=2, standardize=standardize)
    rate, worst = insight.largest_stable_rate, insight.worst_batch_rate
    assert 0 < worst <= rate < np.inf
    assert 1 <= insight.condition_number < np.inf
    assert (insight.curvatures >= 0).all()
    assert np.count_nonzero(insight.curvatures) == insight.rank + 1
    floor = insight.least_squares.loss
    assert 0 <= floor <= table.targets.var() * (1 + 1e-6) + 1e-12
    assert not np.isnan(insight.half_lives(0.1)).any()
    assert all(isinstance(words, str) for words in findings(insight, 0.1))
    assert "Insight" in repr(insight)


def test_small_curvatures_keep_their_digits_beside_large_ones() -> None:
    """Two features that do not overlap: their curvatures can be worked out by hand."""
    x = np.array([[1e12, 1e-12], [1e12, -1e-12], [-1e12, 1e-12], [-1e12, -1e-12]])
    insight = Insight.of((x, np.arange(4.0)))
    expected = 2 * np.float32(1e12).astype(float) ** np.array([2.0, 0, -2])
    np.testing.assert_allclose(insight.curvatures, expected, rtol=1e-6)
    assert insight.condition_number == pytest.approx(1e48, rel=1e-6)


@pytest.mark.parametrize(("powers", "squared"), [(3.0, True), (4.0, False), (12.0, False)])
def test_the_curvatures_of_many_features_keep_their_digits_too(
    monkeypatch: pytest.MonkeyPatch, powers: float, *, squared: bool
) -> None:
    """Features of which no two overlap: each is a direction, and twice its square a curvature."""
    signs = functools.reduce(np.kron, [np.array([[1, 1], [1, -1]])] * 9)  # (512, 512), orthogonal
    sizes = (10 ** np.linspace(-powers / 2, powers / 2, 300)).astype(np.float32)
    np.random.default_rng(0).shuffle(sizes)
    by_squares, enough = insight_module._by_squares, []

    def noted(root: NDArray[np.float64], rank: int) -> object:
        found = by_squares(root, rank)
        enough.append(found is not None)
        return found

    monkeypatch.setattr(insight_module, "_by_squares", noted)
    insight = Insight.of((signs[:, 1:301] * sizes, np.arange(512.0)))
    expected = 2 * np.append(sizes, 1).astype(float) ** 2
    order = np.argsort(-expected)
    np.testing.assert_allclose(insight.curvatures, expected[order], rtol=1e-8 if squared else 1e-6)
    assert enough == [squared]
    assert np.argmax(np.abs(insight.directions), axis=0).tolist() == order.tolist()
    largest = insight.table.feature_names[int(np.argmax(sizes))]
    assert largest in insight.name_of_direction(0)


def test_many_features_that_depend_on_others_have_no_curvature_of_their_own() -> None:
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(700, 300)).astype(np.float32)
    x[:, 5], x[:, 9] = 2 * x[:, 4], 3
    insight = Insight.of((x, x[:, 0]))
    z = np.column_stack([x, np.ones(700)]).astype(np.float64)
    expected = 2 / 700 * np.linalg.svd(z, compute_uv=False) ** 2
    assert (insight.rank, insight.directions.shape) == (298, (301, 299))
    np.testing.assert_allclose(insight.curvatures[:299], expected[:299], rtol=1e-9)
    assert not insight.curvatures[299:].any()


def test_scaling_is_scikit_learns() -> None:
    from sklearn.preprocessing import StandardScaler

    table = random_table(4, features=5)
    constant = np.full((table.rows, 1), 0.1, np.float32)
    table = Table.of((np.hstack([table.inputs, constant]), table.targets))
    expected = StandardScaler().fit(table.inputs.astype(np.float64))
    mean, std = scaling(table)
    np.testing.assert_allclose(mean, expected.mean_, rtol=1e-12)
    np.testing.assert_allclose(std, expected.scale_, rtol=1e-12)
    assert std[-1] == 1


def test_features_too_large_for_any_rate_are_refused_but_can_be_standardized() -> None:
    table = Table.of((np.array([[1e30], [2e30], [3e30]]), np.array([1.0, 2.0, 3.0])))
    with pytest.raises(SettingsError, match=r"features are so large.*use standardize=True"):
        Trainer(table)
    trainer = Trainer(table, standardize=True, epochs=200)
    trainer.run()
    assert trainer.loss() < 1e-6
    np.testing.assert_allclose(trainer.coefficients().w, [[1e-30]], rtol=1e-2)
    diverged = Trainer(table, learning_rate=1e-5)
    diverged.run()
    assert diverged.status == "diverged"


def test_tiny_features_are_learned_from_by_their_bias() -> None:
    table = Table.of((np.array([[1e-30], [2e-30], [3e-30]]), np.array([1.0, 2.0, 3.0])))
    trainer = Trainer(table, epochs=300)
    assert trainer.settings.rate == 0.1
    trainer.run()
    assert trainer.predict([[0.0]]).item() == pytest.approx(2, abs=0.3)


def test_a_rate_is_rounded_to_one_digit() -> None:
    assert [round_rate(rate) for rate in (1.1155e-5, 9.6e-3, 0.0, 1.0)] == [1e-5, 0.01, 0.0, 1.0]
    given = Settings(learning_rate=0.123, batch_size=9)
    assert filled_in(given, Insight.of(crop_yields())) == given


def test_findings_name_what_adds_nothing() -> None:
    celsius = np.array([3.0, 8, 21, 14, 30])
    table = Table.of(
        {
            "celsius": celsius,
            "fahrenheit": 1.8 * celsius + 32,
            "one": np.ones(5),
            "yield": [2.0, 4, 1, 5, 3],
        },
        ["yield"],
    )
    words = " ".join(findings(Insight.of(table, batch_size=2), 1e-4))
    assert "fahrenheit is a combination of celsius: it adds nothing" in words
    assert "one is constant" in words
    assert "1 of the 3 features carry independent information" in words


def test_findings_say_what_the_data_say() -> None:
    best, limits, pace, number = findings(Insight.of(crop_yields(), batch_size=3), 1e-5)
    assert "a loss of 0.9094" in best
    assert "always predicting the mean gives 1,191" in best
    assert "99.91% of the variance of Mangoes (RMSE 1.011)" in best
    assert "Above a learning rate of 1.12e-4" in limits
    assert "At rates up to 6.89e-5 even the worst batch of 3" in limits
    assert "mostly the bias, takes 1.7 million epochs to halve its error" in pace
    assert "2.201e6" in number
    assert "With the features standardized it is 7.019" in number
