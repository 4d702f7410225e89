"""The figure of a run: its artists hold the recording's numbers, and its frames are whole."""

from __future__ import annotations

import dataclasses
import itertools
from typing import cast

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from linreg_widget import Table, Trainer, crop_yields
from linreg_widget.plots.loss import SHOWN, LossFigure
from linreg_widget.plots.painting import BAD, BRANCH, CARD, DIM, EPOCH, FLOOR, INK
from linreg_widget.wording import rate_text
from tests.plots.pixels import Pixels, holds, pixels


def drawn(trainer: Trainer, figure: LossFigure | None = None) -> LossFigure:
    """Show a trainer's state in a figure, a new one if none is given."""
    if figure is None:
        figure = LossFigure()
        FigureCanvasAgg(figure.figure)
    figure.follow(trainer, 10)
    figure.paint()
    return figure


def picture(figure: LossFigure) -> Pixels:
    return pixels(figure.png(fine=True))


def data(line: Line2D) -> tuple[list[float], list[float]]:
    x, y = (np.asarray(values, float).tolist() for values in line.get_data())
    return x, y


def shown(texts: list[Text]) -> list[str]:
    return [text.get_text() for text in texts if text.get_text()]


def test_the_curves_hold_the_recordings_numbers(trainer: Trainer) -> None:
    trainer.run()
    curves = drawn(trainer).curves
    assert data(curves.batch) == ([*range(1, 251)], trainer.recording.losses.tolist())
    ends, means = trainer.recording.epoch_means()
    assert data(curves.epoch)[0] == ends.tolist()
    assert data(curves.epoch)[1] == pytest.approx(means.tolist())
    updates, losses = trainer.full_losses()
    assert data(curves.full) == (updates.tolist(), losses.tolist())
    assert data(curves.now_line)[0] == [250, 250]
    assert data(curves.now_dot) == ([250], [trainer.recording.losses[-1]])


def test_the_rows_held_out_have_a_curve() -> None:
    trainer = Trainer(crop_yields(), held_out="C,H,M", epochs=5)
    trainer.run()
    figure = drawn(trainer)
    updates, losses = trainer.held_out_losses()
    assert data(figure.curves.held_out) == (updates.tolist(), losses.tolist())
    assert figure.curves.span()[1] >= losses.max()
    figure.follow(trainer, 10, SHOWN - {"held_out"})
    assert not figure.curves.held_out.get_visible()
    assert figure.curves.full.get_visible()
    assert figure.curves.span()[1] < losses.max(), "what is not shown takes no room"
    assert data(drawn(Trainer(crop_yields())).curves.held_out) == ([], [])


def test_the_curves_grow_with_the_run(trainer: Trainer) -> None:
    figure = drawn(trainer)
    assert data(figure.curves.batch) == ([], [])
    assert data(figure.curves.full)[0] == [0]
    for updates in (1, 4, 60, 185):
        trainer.step(count=updates)
        drawn(trainer, figure)
        assert data(figure.curves.batch)[1] == trainer.recording.losses.tolist()
        assert data(figure.curves.epoch)[0] == trainer.recording.epoch_means()[0].tolist()


def test_losses_are_on_a_log_scale_with_plain_labels(trainer: Trainer) -> None:
    figure = drawn(trainer)
    assert figure.figure.axes[0].get_yscale() == "log"
    assert shown(figure.scales.losses) == ["1", "10", "100", "1,000", "10,000", "100,000"]


def test_the_scale_along_covers_the_whole_run_in_updates_and_epochs(trainer: Trainer) -> None:
    figure = drawn(trainer)
    low, high = figure.figure.axes[0].get_xlim()
    assert -10 < low < 0
    assert 250 < high < 260
    assert shown(figure.scales.updates) == ["0", "50", "100", "150", "200", "250"]
    assert shown(figure.scales.epochs) == ["0", "10", "20", "30", "40", "50"]
    assert figure.scales.epochs[1].get_position() == (50, 0)


def test_epochs_are_placed_where_they_end_after_a_change_of_batch_size(trainer: Trainer) -> None:
    trainer.step(count=50)  # ten epochs of five updates
    trainer.change(batch_size=15)  # from here on, an epoch is one update
    trainer.step()
    figure = drawn(trainer)
    places = [text.get_position()[0] for text in figure.scales.epochs if text.get_text()]
    assert places == pytest.approx([0, 50, 60, 70, 80, 90])
    assert figure.figure.axes[0].get_xlim()[1] == pytest.approx(90, rel=0.01)


def test_limits_grow_in_steps_and_do_not_shrink_within_a_run(trainer: Trainer) -> None:
    figure, limits = drawn(trainer), []
    for _ in range(50):
        trainer.step(count=5)
        drawn(trainer, figure)
        limits.append(figure.figure.axes[0].get_ylim())
    for old, new in itertools.pairwise(limits):
        assert new[0] <= old[0] < old[1] <= new[1]
    assert len(set(limits)) <= 3
    low, high = limits[-1]
    assert low < trainer.recording.losses.min() < trainer.recording.losses.max() < high


def test_a_present_before_the_end_leaves_the_recorded_future_faint(trainer: Trainer) -> None:
    trainer.run()
    whole = picture(drawn(trainer))
    trainer.seek(100)
    figure = drawn(trainer)
    assert data(figure.curves.batch)[0][-1] == 250
    assert data(figure.curves.now_dot) == ([100], [trainer.recording.losses[99]])
    middle = int(figure.figure.axes[0].transData.transform((100, 1))[0])
    back = picture(figure)
    assert holds(whole[:, middle + 20 :], EPOCH)
    assert holds(back[:, : middle - 20], EPOCH)
    assert not holds(back[40:, middle + 20 :], EPOCH)
    assert figure.curves.epoch.get_alpha() is None, "the faint alpha was left on the curve"


def test_branches_stay_with_their_names_at_their_ends(trainer: Trainer) -> None:
    trainer.run()
    trainer.seek(100)
    trainer.change(learning_rate=5e-6)
    trainer.step(count=20)
    annotations = drawn(trainer).annotations
    (branch,) = trainer.recording.branches
    ends, means = data(annotations.branch_lines[0])
    assert ends == [*range(105, 251, 5)]
    assert means == pytest.approx(branch.losses.reshape(30, 5).mean(axis=1).tolist())
    assert shown(annotations.branch_labels) == [branch.name]
    assert annotations.branch_labels[0].get_position()[0] == 1  # beside the axes
    assert len(annotations.branch_lines) == 1
    assert shown(annotations.change_labels) == ["rate 5e-6"]
    assert annotations.change_labels[0].get_position()[0] == 100


def test_a_branch_of_a_few_updates_has_no_name(trainer: Trainer) -> None:
    trainer.step(count=9)
    trainer.reset(seed=1)
    trainer.step(count=10)
    trainer.reset(seed=2)
    annotations = drawn(trainer).annotations
    assert len(trainer.recording.branches) == 2
    assert shown(annotations.branch_labels) == [trainer.recording.branches[-1].name]
    assert data(annotations.branch_lines[0]) != ([], [])


def test_the_means_loss_is_a_dotted_line_with_its_number(trainer: Trainer) -> None:
    trainer.run()
    annotations = drawn(trainer).annotations
    assert annotations.mean_label.get_text() == "always the mean 1,191"
    assert data(annotations.mean_line)[1] == pytest.approx([trainer.insight.mean_loss] * 2)


def test_branch_names_do_not_lie_on_each_other(trainer: Trainer) -> None:
    trainer.run()
    for seed in range(1, 4):
        trainer.reset(seed=seed)
        trainer.run()
    figure = drawn(trainer)
    renderer = cast("FigureCanvasAgg", figure.figure.canvas).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.annotations.branch_labels[:3]]
    assert not any(one.overlaps(two) for one in boxes for two in boxes if one is not two)


def test_a_dead_branch_has_no_part_in_the_axis_and_its_name_stays_beside_it(
    trainer: Trainer,
) -> None:
    trainer.change(learning_rate=5e-4)
    trainer.run()
    trainer.rescue("start")
    trainer.run()
    figure = drawn(trainer)
    assert figure.figure.axes[0].get_ylim()[1] < 1e6
    renderer = cast("FigureCanvasAgg", figure.figure.canvas).get_renderer()
    (label,) = (text for text in figure.annotations.branch_labels if text.get_text())
    axes = figure.figure.axes[0].get_window_extent(renderer)
    name = label.get_window_extent(renderer)
    assert (name.y0 + name.y1) / 2 <= axes.y1
    assert axes.x1 < name.x0 < name.x1 <= figure.figure.bbox.x1


@pytest.mark.parametrize("name", [r"$\frac{1}{$", "$x^2$", "<b>bold</b>", "a\\b", "_^%"])
def test_names_are_shown_as_they_are(trainer: Trainer, name: str) -> None:
    trainer.run()
    trainer.reset(seed=1)
    trainer.recording.branches = (dataclasses.replace(trainer.recording.branches[0], name=name),)
    (label, *_) = drawn(trainer).annotations.branch_labels
    assert (label.get_text(), label.get_parse_math(), label.get_usetex()) == (name, False, False)


def test_no_more_branches_are_drawn_than_can_be_told_apart(trainer: Trainer) -> None:
    for seed in range(1, 13):
        trainer.step(count=10)
        trainer.reset(seed=seed)
    annotations = drawn(trainer).annotations
    names = [branch.name for branch in trainer.recording.branches]
    assert len(names) == 12
    assert shown(annotations.branch_labels) == names[-8:]


def test_divergence_is_marked_where_it_happened(trainer: Trainer) -> None:
    trainer.run()
    figure = drawn(trainer)
    assert not figure.annotations.bad_mark.get_visible()
    trainer.reset()
    trainer.change(learning_rate=3e-4)
    trainer.run()
    assert trainer.status == "diverged"
    drawn(trainer, figure)
    end = len(trainer.recording)
    assert figure.annotations.bad_mark.get_visible()
    assert data(figure.annotations.bad_mark)[0] == [end]
    assert figure.annotations.bad_label.get_text() == "not finite"
    assert holds(picture(figure), BAD)
    trainer.reset()
    drawn(trainer, figure)
    assert not figure.annotations.bad_label.get_visible()


def test_the_floor_is_drawn_and_named(trainer: Trainer) -> None:
    annotations = drawn(trainer).annotations
    assert data(annotations.floor_line)[1] == [annotations.floor] * 2
    assert annotations.floor_label.get_text() == "least squares 0.9094: the best possible"


def test_a_floor_far_below_the_losses_is_named_at_the_edge() -> None:
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    trainer = Trainer(Table.of((x, x @ np.array([[1.0], [2.0]], np.float32))), learning_rate=1e-6)
    figure = drawn(trainer)
    assert not figure.annotations.floor_line.get_visible()
    assert figure.annotations.floor_label.get_text().startswith("↓ least squares ")
    assert figure.figure.axes[0].get_ylim()[0] > 1e-3


def test_a_painted_frame_is_the_same_picture_as_a_whole_drawing(trainer: Trainer) -> None:
    figure = drawn(trainer)
    trainer.step(count=70)
    for update in (63, 40, 41):
        trainer.seek(update)
        drawn(trainer, figure)
        painted = picture(figure)
        cast("FigureCanvasAgg", figure.figure.canvas).draw()
        np.testing.assert_array_equal(painted, picture(figure))


def test_only_a_changed_background_is_drawn_anew(trainer: Trainer) -> None:
    trainer.step(count=20)
    figure = drawn(trainer)
    drawings: list[object] = []
    figure.figure.canvas.mpl_connect("draw_event", drawings.append)
    for _ in range(10):
        trainer.step()
        drawn(trainer, figure)
    assert drawings == []
    trainer.change(learning_rate=1e-6)
    trainer.step()
    drawn(trainer, figure)
    assert len(drawings) == 1


def test_a_whole_run_is_painted_on_the_axes_that_were_drawn_before_it() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    figure = drawn(trainer)
    drawings: list[object] = []
    figure.figure.canvas.mpl_connect("draw_event", drawings.append)
    trainer.run()
    painted = picture(drawn(trainer, figure))
    assert drawings == []
    cast("FigureCanvasAgg", figure.figure.canvas).draw()
    assert len(drawings) == 1
    np.testing.assert_array_equal(painted, picture(figure))


def test_a_million_losses_are_bounded_artists() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=200_000)
    noise = np.random.default_rng(0).lognormal(size=1_000_000).astype(np.float32)
    for loss in noise.tolist():
        trainer.recording.append(loss)
    figure = drawn(trainer)
    curves = figure.curves
    (band,) = curves.band.get_paths()
    heights = np.asarray(band.vertices)[:-1, 1]  # the last only closes the outline
    assert len(heights) <= 2 * 1024
    assert (heights.min(), heights.max()) == (noise.min(), noise.max())
    assert len(data(curves.batch)[0]) <= 1024
    assert len(data(curves.epoch)[0]) <= 1024
    assert data(curves.epoch)[0][-1] == 1_000_000
    assert len(figure.png(fine=False)) < 20_000


def test_losses_that_are_not_finite_leave_a_gap_in_the_band(trainer: Trainer) -> None:
    for loss in [3.0] * 1500 + [np.nan] * 1000 + [2.0] * 500:
        trainer.recording.append(loss)
    figure = drawn(trainer)
    assert len(figure.curves.band.get_paths()) == 2
    assert data(figure.annotations.bad_mark)[0] == [1501]


def test_the_notebooks_own_style_does_not_reach_into_it(trainer: Trainer) -> None:
    trainer.run()
    expected = picture(drawn(trainer))
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red"}):
        figure = drawn(trainer)
        np.testing.assert_array_equal(expected, picture(figure))


@pytest.mark.parametrize("colour", [INK, DIM, FLOOR, BRANCH, BAD])
def test_texts_can_be_read_on_their_card(colour: str) -> None:
    def luminance(colour: str) -> float:
        channels = np.array(to_rgb(colour))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    assert (luminance(CARD) + 0.05) / (luminance(colour) + 0.05) >= 4.5


# ---- kept runs, and what is switched off -----------------------------------------------------


def test_kept_runs_lie_over_the_present_one_by_their_full_data_loss(trainer: Trainer) -> None:
    trainer.run()
    kept = trainer.keep("the first one")
    trainer.change(learning_rate=5e-5, epochs=10)
    trainer.reset()
    trainer.run()
    figure = drawn(trainer)
    annotations = figure.annotations
    assert data(annotations.run_lines[0]) == (kept.curve[0].tolist(), kept.curve[1].tolist())
    assert to_rgb(annotations.run_lines[0].get_color()) == to_rgb(kept.colour)
    assert annotations.run_labels[0].get_text() == "the first one"
    assert figure.figure.axes[0].get_xlim()[1] > 250  # it is longer than the present one
    trainer.forget(0)
    drawn(trainer, figure)
    assert data(annotations.run_lines[0]) == ([], [])
    assert figure.figure.axes[0].get_xlim()[1] < 60


def test_a_long_name_is_cut(trainer: Trainer) -> None:
    trainer.run()
    trainer.keep("n" * 80)
    assert drawn(trainer).annotations.run_labels[0].get_text() == "n" * 32 + "…"


def test_where_nothing_is_yet_it_says_what_will_be(trainer: Trainer) -> None:
    assert drawn(trainer).annotations.empty_label.get_text() == "Run draws the losses here."
    trainer.step()
    assert drawn(trainer).annotations.empty_label.get_text() == ""


def test_of_names_by_settings_is_shown_what_tells_the_runs_apart(trainer: Trainer) -> None:
    trainer.run()
    trainer.keep()
    labels = drawn(trainer).annotations.run_labels
    assert labels[0].get_text() == f"learning rate {rate_text(trainer.settings.rate)}"
    trainer.reset(seed=7)
    trainer.run()
    trainer.keep()
    trainer.keep("slow, but steady")
    texts = [label.get_text() for label in drawn(trainer).annotations.run_labels[:3]]
    assert texts[2] == "slow, but steady"
    assert [text.rpartition(", ")[2] for text in texts[:2]] == ["seed 0", "seed 7"]
    assert not any("batches" in text for text in texts)


def test_what_is_switched_off_is_not_seen(trainer: Trainer) -> None:
    trainer.run()
    trainer.seek(100)
    trainer.change(learning_rate=2e-5)
    trainer.run()
    figure = drawn(trainer)
    for name, colour in (("floor", FLOOR), ("branches", BRANCH), ("epoch", EPOCH)):
        assert holds(picture(figure), colour), name
        figure.follow(trainer, 10, SHOWN - {name})
        figure.paint()
        assert not holds(picture(figure), colour), name
        figure.follow(trainer, 10)
        figure.paint()
    trainer.keep("kept")
    figure.follow(trainer, 10, frozenset({"full"}))
    assert shown(figure.annotations.run_labels) == []


def test_where_w_or_b_were_set_by_hand_is_marked(trainer: Trainer) -> None:
    trainer.step(count=20)
    trainer.set(b=[1, 2])
    trainer.run()
    annotations = drawn(trainer).annotations
    assert shown(annotations.change_labels) == ["set by hand"]
    assert annotations.change_labels[0].get_position()[0] == 20
