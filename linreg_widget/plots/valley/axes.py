"""What the valley's axes can be: single weights and biases, and directions of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.wording import isolated, rounded

from .plane import Axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.insight import Insight

__all__ = ["axes_of", "steepness"]

_MOST_PARAMETERS = 60  # in a menu
_MOST_TARGETS = 12  # of which directions are offered


def axes_of(insight: Insight) -> tuple[Axis, ...]:
    """Return the axes to choose from: each target's directions first, then single parameters."""
    table, directions = insight.table, insight.directions
    last = directions.shape[1] - 1
    named = {0: "steepest"} | ({1: "second steepest"} if last > 1 else {})
    named |= {last: "flattest"} if last else {}
    shape = (table.outputs, table.features + 1)
    found = []
    targets, features = (
        [*map(isolated, names)] for names in (table.target_names, table.feature_names)
    )
    for target, name in enumerate(targets[:_MOST_TARGETS]):
        for index, words in named.items():
            vector = np.zeros(shape)
            vector[target] = directions[:, index]
            vector *= np.sign(vector[target, np.abs(vector[target]).argmax()])
            mostly = insight.name_of_direction(index)
            found.append(
                Axis(
                    f"{name}: {words} direction, {mostly}",
                    vector,
                    direction=True,
                    number=f"target {target + 1}: {words} direction",
                )
            )
    each = max(_MOST_PARAMETERS // table.outputs, 2)
    for target, name in enumerate(targets[: _MOST_PARAMETERS // 2]):
        columns = range(min(table.features, each - 1))
        for index in (*columns, table.features):
            vector = np.zeros(shape)
            vector[target, index] = 1
            words, number = f"b[{name}]", f"b[target {target + 1}]"
            if index < table.features:
                words = f"w[{name}, {features[index]}]"
                number = f"w[target {target + 1}, feature {index + 1}]"
            found.append(Axis(words, vector, direction=False, number=number))
    return tuple(found)


def steepness(axes: tuple[Axis, Axis], rises: NDArray[np.float64]) -> str:
    """Say which axis is the flatter one, and how much."""
    steep, flat = (int(index) for index in np.argsort(-rises, kind="stable"))
    one, other = axes[flat].short, axes[steep].short
    if not rises[steep]:
        return "The loss is the same all over this plane."
    if not rises[flat]:
        return f"No step along {one} changes the loss at all."
    times = float((rises[steep] / rises[flat]) ** 2)
    if times < 1.05:
        return "A step changes the loss as much along one axis as along the other."
    return (
        f"From the lowest point, one step along {one} changes the loss {_times(times)} times less "
        f"than one along {other}."
    )


def _times(ratio: float) -> str:
    """Write a ratio with two digits: "1.5", "28", "2.2 million"."""
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if size <= ratio < 1e15:
            return f"{rounded(ratio / size)}{word}"
    return rounded(ratio)
