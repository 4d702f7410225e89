"""The valley as numbers: the loss over two parameters or directions, and the run's path over it.

The plane goes through the present weights and biases; those that are not on its axes are held at
their present values. The shape of the loss over the plane does not depend on them, only its height
and its lowest point do (``plane``). All numbers are in the model's units: for the scaled features
in a run with ``standardize``.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.insight import scaling
from linreg_widget.messages import say
from linreg_widget.quiet import quiet
from linreg_widget.wording import isolated, said

from .plane import Axis, Bowl, Plane, Window, grown, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.insight import Insight, Scaling
    from linreg_widget.recording import Branch, Path
    from linreg_widget.settings import Settings
    from linreg_widget.training import KeptRun, Trainer

MOST_LINES = 8
"""The most branches that are shown, and the most kept runs."""
_MOST_MOMENTS, _MOST_WORK = 512, 2e8  # of a path; and multiplications for the losses along it
_SANE = 10  # times the loss that a run began with: beyond, it is not followed
_SHOWN = 2  # times that loss: up to here, the window makes room
_ROUNDING = 1e-14  # of a loss: float32 has seven digits, and a loss is a square
_NEAR = 0.5  # of the window: the window grows to a lowest point that is no further outside
_MOST_PARAMETERS = 60  # in a menu
_MOST_TARGETS = 12  # with directions in a menu


@quiet
@dataclass(frozen=True, eq=False)
class Scene:
    """What the valley shows at one moment. Points are pairs of coordinates, (2,), lines (k, 2)."""

    axes: tuple[Axis, Axis]
    """Across and up."""
    bowl: Bowl
    """The loss over the plane."""
    window: Window
    """The part of the plane that is shown."""
    path: NDArray[np.float64]
    """The run's path up to the present."""
    ahead: NDArray[np.float64]
    """Its recorded path from here on."""
    branches: list[tuple[str, NDArray[np.float64]]]
    """Abandoned futures, by name."""
    kept: list[tuple[str, NDArray[np.float64]]]
    """Runs that were kept, by name."""
    first_kept: int
    """The first one's number among all runs that were kept."""
    now: NDArray[np.float64]
    """The present weights and biases; they may not be finite."""
    best: NDArray[np.float64]
    """The least-squares solution, projected onto the plane."""
    loss: float
    """The present loss over the whole table."""
    least: float
    """The best possible loss, at the least-squares solution."""
    floor: float
    """The lowest loss in the plane."""
    held: str
    """A sentence: which parameters are held, and at which values."""

    @property
    def is_best_here(self) -> bool:
        """Whether the plane's lowest point is, for all that can be seen, the best fit."""
        apart = np.abs(self.bowl.lowest - self.best) / self.window.size
        return bool((apart < 0.01).all())

    @property
    def words(self) -> str:
        """What the picture shows, in a few sentences."""
        words = [
            say("valley.words", finite=math.isfinite(self.loss), now=self.loss, least=self.least)
        ]
        if said(self.floor) != said(self.least):
            words.append(say("valley.floor", floor=self.floor))
        words += [steepness(self.axes, self.bowl.rises)]
        if not self.window.holds(self.now):
            words.append(say("valley.off"))
        return " ".join(words)


@quiet
class Valley:
    """The valley of a trainer's loss over a plane that can be chosen.

    Parameters
    ----------
    trainer : Trainer
        It is read, and never changed.

    Attributes
    ----------
    axes : tuple of Axis
        The axes to choose from.
    across, up : int
        The indices of the two chosen axes.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._scaled = trainer.settings.standardize
        self.axes = _axes_of(trainer.insight)
        self.across = 0
        self.up = next(i for i in range(1, len(self.axes)) if self._plane_of(0, i).is_plane)
        self._recording = trainer.recording
        self._window: Window | None = None
        self._renew()

    @property
    def note(self) -> str:
        """A sentence about what the menus leave out; "" if they leave out nothing."""
        table = self._trainer.table
        every = table.outputs * (table.features + 1)
        single = sum(not axis.direction for axis in self.axes)
        if single == every:
            return ""
        return say("valley.menus", single=single, every=every)

    def choose(self, across: int | None = None, up: int | None = None) -> None:
        """Choose one axis or both; if the new axis is parallel to the other, they are swapped."""
        new = (self.across if across is None else across, self.up if up is None else up)
        if not self._plane_of(*new).is_plane:
            new = (new[0], self.across) if across is not None else (self.up, new[1])
        if new != (self.across, self.up) and self._plane_of(*new).is_plane:
            self.across, self.up = new
            self._renew()

    def look(self) -> Scene:
        """Return what the valley shows now."""
        trainer, insight = self._trainer, self._trainer.insight
        w, b = trainer.coefficients(scaled=True)
        if insight.standardize != self._scaled:
            self._scaled = insight.standardize
            self.axes = _axes_of(insight)
            self._renew()
        if trainer.recording is not self._recording:
            self._recording, self._window = trainer.recording, None
        now = joined(w, b)
        loss = self._losses_of(now)
        updates, places = self._whole_path()
        losses = self._losses_of(places)
        past = updates <= trainer.position.update
        by_hand = np.isin(updates, trainer.recording.edited) | (updates == 0)
        first = np.nanmax([*losses[by_hand & past], insight.mean_loss])
        good = np.flatnonzero(past & (losses <= _SANE * first))
        if loss <= _SANE * first or not len(good):
            through, since = now, None
        else:
            through, since = places[good[-1]], int(updates[good[-1]])
        bowl = self._bowl.through(through) if np.isfinite(through).all() else self._bowl
        path, here = self._plane.coordinates(places), self._plane.coordinates(now)
        gone = np.flatnonzero(~(losses <= _SANE * first))
        drawn = np.arange(len(path)) <= (gone[0] if len(gone) else len(path))
        seen = [path[losses <= _SHOWN * first], path[by_hand & past], self._best[None]]
        seen += [here[None]] if loss <= _SHOWN * first else []
        branches, kept = self._lines()
        seen += [line.points[line.losses <= _SHOWN * first] for line in (*branches, *kept)]
        self._window = self._window_for(np.vstack(seen), bowl, float(first))
        above = bowl.floor - insight.least_squares.loss
        return Scene(
            axes=self._plane.axes,
            bowl=bowl,
            window=self._window,
            path=np.vstack([path[past & drawn], *([here] if since is None else [])]),
            ahead=np.vstack([here, path[~past & drawn]]),
            branches=[(line.name, line.points) for line in branches],
            kept=[(line.name, line.points) for line in kept],
            first_kept=len(trainer.kept) - len(kept) + 1,
            now=here,
            best=self._best,
            loss=float(loss),
            least=insight.floor,
            floor=insight.floor if above <= _ROUNDING * first else insight.floor + above,
            held=self._held(since),
        )

    def place(self, x: float, y: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the weights (t, d) and biases (t,) at a point; others keep their present values.

        Parameters
        ----------
        x, y : float
            Coordinates in the plane.
        """
        now = joined(*self._trainer.coefficients(scaled=True))
        return self._plane.place(now, x, y)

    # ---- inside ----------------------------------------------------------------------------------

    def _plane_of(self, across: int, up: int) -> Plane:
        return Plane(self.axes[across], self.axes[up])

    def _renew(self) -> None:
        """Compute what depends on the plane, but not on the run."""
        insight = self._trainer.insight
        best = insight.scaled_least_squares if self._scaled else insight.least_squares
        place = joined(best.w, best.b)
        self._plane = self._plane_of(self.across, self.up)
        self._bowl = Bowl(insight, self._plane, place)
        self._best = self._plane.coordinates(place)
        self._window = None
        self._left: tuple[tuple[Branch, ...], tuple[KeptRun, ...]] | None = None
        self._lines_left: tuple[list[_Line], list[_Line]] = ([], [])

    def _losses_of(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the losses at places, (..., t, d + 1) to (...); NaN at those not finite."""
        found = self._trainer.insight.target_losses(places[..., :-1], places[..., -1])
        return np.asarray(found.mean(axis=-1))

    def _whole_path(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the run's moments, as updates (k,) and places (k, t, d + 1)."""
        table = self._trainer.table
        most = int(_MOST_WORK / (table.outputs * table.features**2))
        path = self._trainer.recording.path(most=min(max(most, 20), _MOST_MOMENTS))
        return path.updates, self._places(path, scaled=self._scaled)

    def _lines(self) -> tuple[list[_Line], list[_Line]]:
        """Return branches and kept runs as lines in the plane."""
        trainer = self._trainer
        left = trainer.recording.branches[-MOST_LINES:], trainer.kept[-MOST_LINES:]
        if self._left != left:
            branches, kept = left
            self._lines_left = (
                [self._line(one.name, one.path, one.segments[0].settings) for one in branches],
                [self._line(one.name, one.path, one.settings) for one in kept],
            )
            self._left = left
        return self._lines_left

    def _line(self, name: str, path: Path, settings: Settings) -> _Line:
        places = self._places(path, scaled=settings.standardize)
        return _Line(name, self._plane.coordinates(places), self._losses_of(places))

    def _places(self, path: Path, *, scaled: bool) -> NDArray[np.float64]:
        """Return a path's places (k, t, d + 1) in the model's present units."""
        w, b = path.w.astype(np.float64), path.b.astype(np.float64)
        if scaled != self._scaled:
            w, b = (self._scaling.unscaled if scaled else self._scaling.scaled)(w, b)
        return joined(w, b)

    @functools.cached_property
    def _scaling(self) -> Scaling:
        return scaling(self._trainer.table)

    def _window_for(self, shown: NDArray[np.float64], bowl: Bowl, loss: float) -> Window:
        """Return a window that shows some points, and the lowest point if it is near."""
        shown = shown[np.isfinite(shown).all(axis=1)]
        rises = bowl.rises
        natural = np.divide(math.sqrt(2 * loss), rises, out=np.ones(2), where=rises > 0)
        window = grown(self._window, shown, natural)
        room = _NEAR * window.size
        around = Window(
            *(window.left - room[0], window.right + room[0]),
            *(window.bottom - room[1], window.top + room[1]),
        )
        if np.isfinite(bowl.lowest).all() and around.holds(bowl.lowest):
            window = grown(window, bowl.lowest[None], natural)
        return window

    def _held(self, since: int | None) -> str:
        table = self._trainer.table
        every = table.outputs * (table.features + 1)
        if every == 2:
            return say("valley.nothing_held")
        across, up = self._plane.axes
        return say(
            "valley.held",
            directions=across.direction or up.direction,
            since="now" if since is None else "later" if since else "start",
            updates=since or 0,
        )


class _Line(NamedTuple):
    """A branch, or a run that was kept."""

    name: str
    points: NDArray[np.float64]
    """Its moments in the plane, (k, 2)."""
    losses: NDArray[np.float64]
    """The losses there, (k,)."""


# ---- axes ----------------------------------------------------------------------------------------


def _axes_of(insight: Insight) -> tuple[Axis, ...]:
    """Return the axes to choose from: each target's directions first, then single parameters."""
    table, directions = insight.table, insight.directions
    last = directions.shape[1] - 1
    ranks = {0: "first"} | ({1: "second"} if last > 1 else {}) | ({last: "last"} if last else {})
    shape = (table.outputs, table.features + 1)
    found = []
    targets, features = (
        [*map(isolated, names)] for names in (table.target_names, table.feature_names)
    )
    for target, name in enumerate(targets[:_MOST_TARGETS]):
        for index, rank in ranks.items():
            vector = np.zeros(shape)
            vector[target] = directions[:, index]
            vector *= np.sign(vector[target, np.abs(vector[target]).argmax()])
            stand_in = say("valley.target", number=target + 1)
            short = say("valley.direction", target=name, rank=rank)
            found.append(
                Axis(
                    f"{short}, {insight.name_of_direction(index)}",
                    vector,
                    direction=True,
                    number=say("valley.direction", target=stand_in, rank=rank),
                    short=short,
                )
            )
    each = max(_MOST_PARAMETERS // table.outputs, 2)
    for target, name in enumerate(targets[: _MOST_PARAMETERS // 2]):
        columns = range(min(table.features, each - 1))
        for index in (*columns, table.features):
            vector = np.zeros(shape)
            vector[target, index] = 1
            entry, stand_in = f"b[{name}]", f"b[{say('valley.target', number=target + 1)}]"
            if index < table.features:
                entry = f"w[{name}, {features[index]}]"
                feature = say("valley.feature", number=index + 1)
                stand_in = f"w[{say('valley.target', number=target + 1)}, {feature}]"
            found.append(Axis(entry, vector, direction=False, number=stand_in, short=entry))
    return tuple(found)


def steepness(axes: tuple[Axis, Axis], rises: NDArray[np.float64]) -> str:
    """Return a sentence: which axis is flatter, and by how much."""
    steep, flat = (int(index) for index in np.argsort(-rises, kind="stable"))
    one, other = axes[flat].short, axes[steep].short
    if not rises[steep]:
        return say("valley.flat")
    if not rises[flat]:
        return say("valley.no_change", axis=one)
    times = float((rises[steep] / rises[flat]) ** 2)
    if times < 1.05:
        return say("valley.even")
    return say("valley.uneven", axis=one, times=_times(times), other=other)


def _times(ratio: float) -> str:
    """Write a ratio with two digits: "1.5", "28", "2.2 million"."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if size <= ratio < 1e15:
            return say("valley.large", number=said(ratio / size, 2), size=word)
    return said(ratio, 2)
