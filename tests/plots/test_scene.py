"""The valley as numbers: its bowl against losses worked out plainly, its paths and its windows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linreg_widget.insight.leastsquares import scaling
from linreg_widget.model import LinearRegression, mse_loss
from linreg_widget.plots.valley.plane import Window, even_ticks, grown, heights_in, joined, texts_of
from linreg_widget.plots.valley.scene import Scene, Valley
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer

BOTH = pytest.mark.parametrize("standardize", [False, True])


def random_table(seed: int, rows: int = 20, features: int = 3, targets: int = 2) -> Table:
    numbers = np.random.default_rng(seed)
    scales = 10.0 ** numbers.integers(-2, 3, features)
    inputs = numbers.normal(1, scales, (rows, features))
    return Table.of((inputs, numbers.normal(size=(rows, targets))))


def table_of(inputs: object, targets: object) -> Table:
    return Table.of((np.array(inputs, float), np.array(targets, float)))


def choose(valley: Valley, across: str, up: str) -> Scene:
    """Choose axes by how their names begin, and look."""
    names = [axis.name for axis in valley.axes]
    first, second = (
        next(index for index, name in enumerate(names) if name.startswith(wanted))
        for wanted in (across, up)
    )
    valley.choose(first, second)
    return valley.look()


def loss_at(trainer: Trainer, w: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The loss over all rows, by the lesson's own code in double precision."""
    x = trainer.table.inputs.astype(np.float64)
    if trainer.settings.standardize:
        mean, std = scaling(trainer.table)
        x = (x - mean) / std
    model = LinearRegression(torch.tensor(w), torch.tensor(b))
    targets = torch.tensor(trainer.table.targets, dtype=torch.float64)
    return mse_loss(model(torch.tensor(x)), targets).item()


# ---- the bowl ------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_the_bowl_is_the_loss_on_any_plane(seed: int, *, standardize: bool) -> None:
    numbers = np.random.default_rng(seed)
    trainer = Trainer(random_table(seed), standardize=standardize)
    trainer.step(count=3)
    valley = Valley(trainer)
    pairs = [*itertools.permutations(range(len(valley.axes)), 2)]
    for across, up in [pairs[index] for index in numbers.permutation(len(pairs))[:12]]:
        valley.choose(across, up)
        scene = valley.look()
        here = loss_at(trainer, *trainer.coefficients(scaled=True))
        assert scene.bowl.floor + scene.bowl.height(scene.now) == pytest.approx(here, rel=1e-9)
        for share in numbers.uniform(-1, 2, (5, 2)):
            point = np.array([scene.window.left, scene.window.bottom]) + share * scene.window.size
            w, b = valley.place(*point.tolist())
            told = scene.bowl.floor + scene.bowl.height(point)
            assert told == pytest.approx(loss_at(trainer, w, b), rel=1e-9)


def test_a_point_of_the_plane_has_its_coordinates_and_leaves_the_rest_as_it_is(
    trainer: Trainer,
) -> None:
    valley = Valley(trainer)
    choose(valley, "w[Mangoes, Rainfall]", "b[Oranges]")
    w, b = valley.place(3.0, -2.0)
    now = trainer.coefficients()
    assert (w[0, 1], b[1]) == (3, -2)
    w[0, 1], b[1] = now.w[0, 1], now.b[1]
    assert (w.tolist(), b.tolist()) == (now.w.tolist(), now.b.tolist())


def test_axes_may_be_askew(trainer: Trainer) -> None:
    valley = Valley(trainer)
    choose(valley, "w[Mangoes, Temperature]", "Mangoes: steepest")
    place = joined(*valley.place(0.7, -0.3))
    across, up = (valley.axes[index].vector for index in (valley.across, valley.up))
    assert [(place * across).sum(), (place * up).sum()] == pytest.approx([0.7, -0.3])


@pytest.mark.parametrize("lowest_is_seen", [True, False])
def test_a_contour_is_where_the_loss_is_that_high(
    trainer: Trainer, *, lowest_is_seen: bool
) -> None:
    valley = Valley(trainer)
    trainer.run()
    axes = ("w[Mangoes, R", "w[Mangoes, T") if lowest_is_seen else ("w[Mangoes, R", "b[M")
    scene = choose(valley, *axes)
    window = scene.window
    if not lowest_is_seen:
        trainer.seek(0)
        scene = valley.look()
    assert window.holds(scene.bowl.lowest) == lowest_is_seen
    levels = heights_in(scene.window, scene.bowl).levels
    assert 3 <= len(levels) <= 7
    for level in levels:
        line = scene.bowl.contour(level, scene.window)
        assert scene.bowl.height(line) == pytest.approx(level, rel=1e-9)
        chords = (line + np.roll(line, 1, axis=0)) / 2
        seen = scene.window.holds(chords)
        assert scene.bowl.height(chords[seen]) == pytest.approx(level, rel=1e-3)


def test_the_steepest_and_the_flattest_direction_differ_by_the_condition_number(
    trainer: Trainer,
) -> None:
    scene = choose(Valley(trainer), "Mangoes: steepest", "Mangoes: flattest")
    steep, flat = scene.bowl.rises
    assert (steep / flat) ** 2 == pytest.approx(trainer.insight.condition_number)
    assert "changes the loss 2.2 million times less than one along Mangoes: s" in scene.words


def test_the_lowest_point_is_the_best_fit_on_directions_and_another_on_parameters(
    trainer: Trainer,
) -> None:
    valley = Valley(trainer)
    scene = valley.look()
    assert scene.is_best_here
    assert scene.bowl.lowest == pytest.approx(scene.best)
    scene = choose(valley, "b[Mangoes]", "b[Oranges]")
    assert not scene.is_best_here
    assert scene.best == pytest.approx(trainer.insight.least_squares.b)
    steps = np.array([[0, 0.1], [0, -0.1], [0.1, 0], [-0.1, 0]])
    lowest = loss_at(trainer, *valley.place(*scene.bowl.lowest.tolist()))
    assert scene.floor == pytest.approx(lowest)
    for point in scene.bowl.lowest + steps:
        assert loss_at(trainer, *valley.place(*point.tolist())) > lowest


# ---- the axes ------------------------------------------------------------------------------------


def test_the_menus_offer_directions_and_single_parameters(trainer: Trainer) -> None:
    valley = Valley(trainer)
    names = [axis.name for axis in valley.axes]
    assert names[:3] == [
        "Mangoes: steepest direction, mostly the weights of Rainfall and Temperature",
        "Mangoes: second steepest direction, mostly the weights of Temperature and Rainfall",
        "Mangoes: flattest direction, mostly the bias",
    ]
    assert names[6:10] == [
        *(f"w[Mangoes, {name}]" for name in trainer.table.feature_names),
        "b[Mangoes]",
    ]
    assert (valley.across, valley.up, valley.note) == (0, 1, "")
    for axis in valley.axes:
        assert (axis.vector**2).sum() == pytest.approx(1)


def test_the_menus_of_a_wide_table_are_cut_and_say_so() -> None:
    numbers = np.random.default_rng(0)
    table = table_of(numbers.normal(size=(9, 200)), numbers.normal(size=(9, 2)))
    valley = Valley(Trainer(table))
    assert len(valley.axes) == 2 * 3 + 60
    assert valley.note == "The menus list 60 of the 402 weights and biases."


def test_an_axis_that_is_chosen_twice_changes_places(trainer: Trainer) -> None:
    valley = Valley(trainer)
    valley.choose(across=1)
    assert (valley.across, valley.up) == (1, 0)
    valley.choose(up=1)
    assert (valley.across, valley.up) == (0, 1)
    valley.choose(7, 7)
    assert valley.across != valley.up


def test_standardizing_makes_other_directions(trainer: Trainer) -> None:
    valley = Valley(trainer)
    before = valley.look()
    trainer.reset(standardize=True)
    after = valley.look()
    assert after.axes[0].vector.tolist() != before.axes[0].vector.tolist()
    assert after.is_best_here
    assert valley.place(*after.now.tolist())[0] == pytest.approx(
        trainer.coefficients(scaled=True).w
    )


# ---- the path ------------------------------------------------------------------------------------


def test_the_path_is_where_the_run_went(trainer: Trainer) -> None:
    trainer.run()
    valley = Valley(trainer)
    scene = choose(valley, "w[Oranges, Humidity]", "b[Mangoes]")
    path = trainer.recording.path()
    assert scene.path[:-1] == pytest.approx(np.column_stack([path.w[:, 1, 2], path.b[:, 0]]))
    assert scene.path[-1].tolist() == scene.now.tolist()
    scene = choose(valley, "Mangoes: steepest", "Mangoes: flattest")
    whole = np.concatenate([path.w[:, 0], path.b[:, :1]], axis=1)
    signs = np.sign(scene.axes[0].vector[0] @ trainer.insight.directions[:, 0])
    assert scene.path[:-1, 0] == pytest.approx(signs * whole @ trainer.insight.directions[:, 0])


def test_what_is_recorded_ahead_is_told_apart(trainer: Trainer) -> None:
    trainer.run()
    trainer.seek(100)
    scene = Valley(trainer).look()
    updates = trainer.recording.path().updates
    assert len(scene.path) == (updates <= 100).sum() + 1
    assert len(scene.ahead) == (updates > 100).sum() + 1


@BOTH
@pytest.mark.clock
def test_branches_and_kept_runs_are_drawn_in_the_present_units(*, standardize: bool) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-6, standardize=standardize)
    trainer.step(count=20)
    ends = trainer.coefficients()
    trainer.keep("slow")
    trainer.reset(standardize=not standardize)
    valley = Valley(trainer)
    scene = choose(valley, "w[Mangoes, Rainfall]", "b[Oranges]")
    ((name, kept),) = scene.kept
    assert name == "slow"
    ((_, left),) = scene.branches
    mean, std = scaling(trainer.table)
    w, b = ends
    if not standardize:
        w, b = w * std, b + w @ mean
    for line in (kept, left):
        assert line[-1] == pytest.approx([w[0, 1], b[1]], rel=1e-5)


# ---- the window ----------------------------------------------------------------------------------


def test_the_window_holds_what_matters_and_stays_where_it_is(trainer: Trainer) -> None:
    valley, windows = Valley(trainer), []
    for _ in range(50):
        trainer.step(count=5)
        scene = valley.look()
        assert scene.window.holds(np.vstack([scene.path, scene.best, scene.now])).all()
        windows.append(scene.window)
    assert len(set(windows)) <= 2


def test_a_window_grows_in_steps_and_never_shrinks() -> None:
    window: Window | None = None
    seen = []
    for size in np.linspace(1, 100, 400):
        old = window
        window = grown(old, np.array([[0, 0], [size, -size]]), np.ones(2))
        assert old is None or window.holds(old.corners).all()
        seen.append(window)
    assert len(set(seen)) < 60


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_a_window_may_be_of_any_size(size: float) -> None:
    window = grown(None, size * np.array([[0.0, 1], [1, 3]]), np.ones(2))
    assert window.holds(size * np.array([[0.0, 1], [1, 3]])).all()
    assert (window.size < 3 * size * np.array([1, 2])).all()
    alone = grown(None, np.array([[size, -size]]), np.array([size, size]) / 10)
    assert alone.holds(np.array([size, -size]))
    assert (alone.size > 0).all()


def test_a_diverged_run_is_followed_to_the_edge_and_no_further() -> None:
    trainer = Trainer(crop_yields(), learning_rate=2e-4)
    valley = Valley(trainer)
    before = valley.look().window
    trainer.run()
    assert trainer.status == "diverged"
    scene = valley.look()
    assert scene.window == before
    assert np.isfinite(scene.path).all()
    assert len(scene.path) == 2
    assert not scene.window.holds(scene.now)
    assert scene.held.endswith("held at its value at the start.")
    assert scene.words.endswith("The present point is off this map.")
    assert scene.bowl.floor < 1e5


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ([[3.0]], [[2.0]]),
        ([[3.0, 1, 2]], [[2.0]]),
        ([[0.0], [0], [0]], [[2.0], [1], [3]]),
        ([[5.0], [5], [5]], [[2.0], [1], [3]]),
        ([[1.0, 2], [2, 4], [3, 6]], [[2.0], [1], [3]]),
        ([[1e-30, 2], [2e-30, 1], [5e-30, 6]], [[2.0], [1], [3]]),
        ([[1e-15], [2e-15], [5e-15]], [[2e-15], [1e-15], [3e-15]]),
        ([[1.0], [2], [3]], [[2e15], [1e15], [3e15]]),
        ([[1.0], [2], [3]], [[0.0], [0], [0]]),
    ],
    ids=["one-row", "wide", "zero", "constant", "dependent", "mixed", "tiny", "huge", "perfect"],
)
def test_odd_tables_have_a_valley_too(inputs: object, targets: object) -> None:
    trainer = Trainer(table_of(inputs, targets), learning_rate=1e-3)
    trainer.step()
    valley = Valley(trainer)
    for across, up in itertools.permutations(range(len(valley.axes)), 2):
        valley.choose(across, up)
        assert valley.across != valley.up
        scene = valley.look()
        assert np.isfinite([*scene.window, *scene.bowl.lowest, scene.floor]).all()
        assert (scene.window.size > 0).all()
        assert scene.window.holds(scene.now)
        shown = heights_in(scene.window, scene.bowl)
        assert shown.levels == sorted(shown.levels)
        for level in shown.levels:
            assert np.isfinite(scene.bowl.contour(level, scene.window)).all()


def test_an_axis_without_any_slope_is_named() -> None:
    trainer = Trainer(table_of([[0.0], [0]], [[1.0], [2]]), learning_rate=0.1)
    scene = choose(Valley(trainer), "w[", "b[")
    assert scene.bowl.rises[0] == 0
    assert scene.held == "The loss over the only weight and the only bias: nothing is held."
    assert "No step along w[y, x1] changes the loss at all." in scene.words


# ---- scales --------------------------------------------------------------------------------------


def test_contours_are_told_by_their_height_around_the_lowest_point_and_else_by_the_loss(
    trainer: Trainer,
) -> None:
    valley = Valley(trainer)
    scene = valley.look()
    around = heights_in(scene.window, scene.bowl)
    assert around.above
    assert around.texts[-2:] == ["+1,000", "+3,000"]
    scene = choose(valley, "b[Mangoes]", "b[Oranges]")
    slope = heights_in(scene.window, scene.bowl)
    assert not slope.above
    assert [level + scene.bowl.floor for level in slope.levels] == pytest.approx(
        [float(text.replace(",", "")) for text in slope.texts]
    )


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-1.2, 3, ["−1", "0", "1", "2", "3"]),
        (0, 1e-30, ["0", "2e−31", "4e−31", "6e−31", "8e−31", "1e−30"]),
        (1000.001, 1000.002, ["1,000.0010", "1,000.0012", "1,000.0014", "1,000.0016"]),
    ],
)
def test_ticks_are_round_and_can_be_told_apart(low: float, high: float, texts: list[str]) -> None:
    assert texts_of(even_ticks(low, high, 5))[: len(texts)] == texts


def test_what_lies_in_a_window_is_told() -> None:
    window = Window(0, 1, 2, 4)
    assert window.holds(np.array([[0.5, 3], [1.5, 3], [0.5, 5]])).tolist() == [True, False, False]
