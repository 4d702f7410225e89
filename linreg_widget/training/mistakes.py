"""Mistakes of an update function, recognized by what one of its updates did to w and b.

What an update should do is known: lower ``mse_loss`` of its batch by a step of -rate × gradient.
So the step that was made is compared with that one, and the loss that was returned with that loss.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from linreg_widget.messages import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

PARALLEL = 0.99
"""The cosine from which on two directions count as one."""
_LOSS, _STEP = 1e-3, 0.05  # relative differences that rounding explains, in losses and in steps


class Moved(NamedTuple):
    """What one update did to w, or to b; float64."""

    name: str
    before: NDArray[np.float64]
    step: NDArray[np.float64]
    """What was added to it."""
    gradient: NDArray[np.float64]
    """That of ``mse_loss`` of the batch, before the step."""
    flow: NDArray[np.float64] | None
    """What backward() gave it; None if nothing."""
    left: NDArray[np.float64] | None
    """Its .grad after the update."""
    copies: tuple[str, ...]
    """Variables of the function that hold a tensor of its own, moved as this one should be."""

    @property
    def own(self) -> NDArray[np.float64]:
        """The gradient that the function has worked with, as far as can be known."""
        return self.gradient if self.flow is None else self.flow


class Made(NamedTuple):
    """One update that was made to be looked at."""

    rate: float
    sample: Sample
    w: Moved
    b: Moved
    keeps: bool
    """Whether it left more on the model than w and b: a gradient, a counter, a velocity."""

    @property
    def both(self) -> tuple[Moved, Moved]:
        """What it did to w, and to b."""
        return self.w, self.b


class Sample(NamedTuple):
    """A batch's loss, as the function returned it and as ``mse_loss`` has it."""

    returned: float
    mse: float
    rows: int
    targets: int
    pairs: float = math.nan
    """The mean square of each prediction less *each* target, if there is one target."""
    signed: float = math.nan
    """The mean of the predictions less their targets."""

    @property
    def entries(self) -> int:
        """How many numbers a prediction of the batch has."""
        return self.rows * self.targets


class Mistake(NamedTuple):
    """What is wrong with an update function."""

    words: str
    remedy: str
    factor: float = 0.0
    """How many times as long as the article's its steps are, if another rate can compensate; else
    0."""
    asks: bool = False
    """Whether the words begin with a question, so the cause must be named before them."""


# ---- direction -----------------------------------------------------------------------------------


def uphill(made: Made) -> Mistake | None:
    """Tell whether an update moves w or b along the gradient, not against it."""
    turned = _is_turned(made)
    up = [moved for moved in made.both if _climbs(moved, made.rate, -1 if turned else 1)]
    if not up:
        return None
    by_hand = all(moved.flow is None for moved in up)
    why = "along" if by_hand else "turned" if turned else "added"
    other = made.b if up[0] is made.w else made.w
    falls = len(up) == 1 and along(-other.step, other.own) > 0
    return Mistake(
        say(
            "mistakes.uphill",
            names=[moved.name for moved in up],
            count=len(up),
            downhill=other.name if falls else "none",
            why=why,
        ),
        say("mistakes.uphill_remedy", why=why, name=up[0].name),
    )


def _is_turned(made: Made) -> bool:
    """Tell whether the function's own gradients are those of ``mse_loss``, turned round."""
    if any(moved.flow is None for moved in made.both):
        return False
    of_w, of_b = (share_of(moved.own, moved.gradient) for moved in made.both)
    parallel = all(along(moved.own, moved.gradient) < -PARALLEL for moved in made.both)
    return parallel and abs(of_b / of_w - 1) < _STEP


def _climbs(moved: Moved, rate: float, sign: int) -> bool:
    """Tell whether one of them moved along the gradient: clearly, and not by rounding alone."""
    smallest = np.spacing(np.abs(moved.before).max().astype(np.float32))
    if not np.isfinite(moved.step).all() or np.abs(moved.step).max() < 4 * smallest:
        return False
    if moved.step.size == 1:  # any two numbers are parallel
        return abs(sign * share_of(moved.step, rate * moved.own) - 1) < _STEP
    return sign * along(moved.step, moved.own) > PARALLEL


def along(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the cosine of the angle between two directions; 0 where one of them has none."""
    a, b = one.ravel(), other.ravel()
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(a @ b) / size if 0 < size < math.inf else 0.0


def share_of(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how many times ``other`` is ``one``, if they are parallel."""
    with np.errstate(all="ignore"):
        square = float(other.ravel() @ other.ravel())
        return float(one.ravel() @ other.ravel()) / square if 0 < square < math.inf else math.nan


# ---- another loss, another model -----------------------------------------------------------------


def unusual(samples: Sequence[Sample]) -> Mistake | None:
    """Tell whether what is returned compares rows with those of others, or squares nothing."""
    many = [one for one in samples if one.rows > 1 and math.isfinite(one.returned)]
    if len(many) < 2:
        return None
    if any(abs(one.pairs - one.mse) > _STEP * one.mse for one in many) and any(
        _all_close((one.returned, one.pairs * one.rows**power) for one in many)
        for power in (0, 1, 2)  # their mean, or a sum
    ):
        return Mistake(say("mistakes.spread", rows=many[0].rows), say("mistakes.spread_remedy"))
    # Where all differences have one sign, their mean may be that of their sizes: no mistake.
    if any(one.returned < 0 for one in many) and any(
        _all_close((one.returned, sign * one.signed * one.entries**power) for one in many)
        for sign in (-1, 1)
        for power in (0, 1)
    ):
        return Mistake(say("mistakes.signed"), say("mistakes.signed_remedy"))
    return None


def forgetful(names: Sequence[str], *, emptied: bool) -> Mistake:
    """Say that w or b do not go on from what they were: they are 0, or the last step alone."""
    way = "emptied" if emptied else "replaced"
    words = say("mistakes.forgets", names=names, count=len(names), way=way)
    return Mistake(words, say("mistakes.forgets_remedy", way=way, name=names[0]))


# ---- length --------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """A multiple of the mean, and its name in the catalogue of messages."""

    of: str
    name: str

    def factor(self, rows: int, targets: int) -> float:
        sizes = {"": 1, "rows × targets": rows * targets, "rows": rows, "targets": targets}
        whole = self.of.removeprefix("½").removeprefix(" × ")
        return sizes[whole] / (2 if self.of.startswith("½") else 1)


_RULES = (
    _Rule("rows × targets", "sum"),
    _Rule("targets", "targets"),
    _Rule("rows", "rows"),
    _Rule("½", "half"),
    _Rule("½ × rows × targets", "half_sum"),
    _Rule("½ × targets", "half_targets"),
    _Rule("½ × rows", "half_rows"),
)


def unlike(samples: Sequence[Sample]) -> str:
    """Say how losses differ from ``mse_loss`` of the same batches: "" if they do not, or not so.

    Returns
    -------
    str
        What the multiple is made of, as "rows × targets"; "×" for any other constant one, "√" for
        the root.
    """
    known = [one for one in samples if 0 < one.mse < math.inf and math.isfinite(one.returned)]
    if not known or _all_close((one.returned, one.mse) for one in known):
        return ""
    if rules := _rules(known):
        return rules[0].of
    if _all_close((one.returned, math.sqrt(one.mse)) for one in known):
        return "√"
    ratio = known[0].returned / known[0].mse
    same = len(known) > 1 and _all_close((one.returned, ratio * one.mse) for one in known)
    return "×" if same and ratio > 0 else ""


def _rules(known: Sequence[Sample]) -> list[_Rule]:
    """Return the rules that losses follow: where batches are of one size, it may be several."""
    return [
        rule
        for rule in _RULES
        if _all_close((one.returned, one.mse * rule.factor(one.rows, one.targets)) for one in known)
    ]


def _all_close(pairs: Iterable[tuple[float, float]]) -> bool:
    return all(abs(one - other) <= _LOSS * abs(other) for one, other in pairs)


def gradient_scale(samples: Sequence[Sample], made: Sequence[Made]) -> Mistake | None:
    """Tell whether steps are a multiple of what they should be, and why.

    Parameters
    ----------
    samples : sequence of Sample
        Of several batches; the numbers that are told are those of the last one.
    made : sequence of Made
        One update, or none if it could not be made again.
    """
    of = unlike(samples)
    first, flow, step = samples[-1], math.nan, 1.0
    if made:
        first, flow, step = made[0].sample, _flow_factor(made[0]), _step_factor(made[0])
    total = flow * step
    found = None
    if of == "√" and not abs(flow - 1) < _STEP:
        found = Mistake(say("mistakes.root"), say("mistakes.root_remedy"))
    elif of and (not made or abs(total * first.mse / first.returned - 1) < _STEP):
        found = _of_loss(samples)
    elif 0 < total < math.inf and abs(total - 1) > _STEP:
        one = abs(step - 1) < _STEP
        found = _of_gradient(first, flow, same_loss=not of) if one else _of_step(flow, step)
    return found


def _of_loss(samples: Sequence[Sample]) -> Mistake:
    """Say which multiple of ``mse_loss`` is returned, and so differentiated."""
    known = [one for one in samples if 0 < one.mse < math.inf and math.isfinite(one.returned)]
    here, rules = known[-1], _rules(known)
    ratio = rules[0].factor(here.rows, here.targets) if rules else here.returned / here.mse
    why, size = _why(rules, ratio), _size(ratio)
    return Mistake(
        say("mistakes.loss", size=size, factor=ratio, why=why),
        say("mistakes.loss_remedy", rule=rules[0].name if rules else "none"),
        ratio,
    )


def _of_gradient(here: Sample, factor: float, *, same_loss: bool) -> Mistake:
    """Say which multiple of its gradient is used, although the loss is another one."""
    rules = _rules([here._replace(returned=factor * here.mse)])
    why, size = _why(rules, factor), _size(factor)
    return Mistake(
        say("mistakes.gradient", same=same_loss, size=size, factor=factor, why=why),
        say("mistakes.gradient_remedy"),
        factor,
    )


def _of_step(flow: float, step: float) -> Mistake:
    """Say how long steps are where it is not the gradient that makes them so."""
    factor, plain = flow * step, abs(flow - 1) < _STEP
    words = say("mistakes.step", size=_size(factor), factor=factor, plain=plain)
    return Mistake(words, say("mistakes.step_remedy"), factor)


def _why(rules: Sequence[_Rule], factor: float) -> str:
    """Say what a multiple is made of."""
    if not rules:
        return ""
    told = [say("mistakes.rule", rule=rule.name) for rule in rules[:2]]
    words = told[0] if len(told) < 2 else say("words.either", one=told[0], other=told[1])
    of = rules[0].of
    return say("mistakes.why", sized=of != "½", of=of, factor=factor, rules=words)


def _size(factor: float) -> Literal["half", "twice", "times"]:
    if abs(factor / 0.5 - 1) < _LOSS:
        return "half"
    return "twice" if abs(factor / 2 - 1) < _LOSS else "times"


def _flow_factor(made: Made) -> float:
    """Return how many times the gradient of ``mse_loss`` the function's own one is; NaN if none."""
    if any(moved.flow is None for moved in made.both):
        return 1.0  # worked out by hand: the step tells
    shares = [share_of(moved.own, moved.gradient) for moved in made.both]
    alike = all(along(moved.own, moved.gradient) > PARALLEL for moved in made.both)
    return shares[0] if alike and abs(shares[1] / shares[0] - 1) < _STEP else math.nan


def _step_factor(made: Made) -> float:
    """Return how many times -rate × gradient the step of w, or else of b, is; NaN if no multiple.

    Where steps are as short as rounding, they count as what they should be.
    """
    for moved in made.both:
        smallest = np.spacing(np.abs(moved.before).max().astype(np.float32))
        wanted = -made.rate * moved.own
        if np.isfinite(moved.step).all() and np.abs(wanted).max() > smallest / _STEP:
            parallel = along(moved.step, wanted) > PARALLEL
            return share_of(moved.step, wanted) if parallel else math.nan
    return 1.0


def uncleared(made: Sequence[Made]) -> Mistake | None:
    """Tell whether each step is made with the sum of all gradients so far."""
    if len(made) < 2:
        return None
    kept = [
        f"model.{one.name}.grad"
        for one, two in zip(made[0].both, made[1].both, strict=True)
        if one.left is not None
        and two.left is not None
        and two.flow is not None
        and np.any(one.left)
        and np.any(one.step)
        and np.allclose(two.left, one.left + two.flow, rtol=1e-3)
        and along(-two.step, two.left) > PARALLEL
    ]
    if not kept:
        return None
    return Mistake(
        say("mistakes.uncleared", names=kept, count=len(kept)),
        say("mistakes.uncleared_remedy"),
        asks=True,
    )


# ---- no step -------------------------------------------------------------------------------------


def standstill(made: Made, names: Sequence[str], since: str) -> tuple[str, bool]:
    """Say that w or b have not moved, and why.

    Parameters
    ----------
    made : Made
    names : sequence of str
        Those that have not.
    since : str
        When they were there, and for how many updates: "at the start, after 250 updates".

    Returns
    -------
    words : str
    sure : bool
        Whether that would go on; else the function may wait for something.
    """
    still = [moved for moved in made.both if moved.name in names]
    moves = [moved.name for moved in made.both if moved.name not in names and np.any(moved.step)]
    words = say(
        "mistakes.still",
        names=names,
        count=len(still),
        since=since,
        moves=moves[0] if moves else "none",
        why=_copied(still) or _unchanged(still, others=bool(moves)),
    )
    return words, not made.keeps


def _copied(still: Sequence[Moved]) -> str:
    """Say that the step has gone to tensors of the function's own; "" if it has not."""
    held = list(dict.fromkeys(name for moved in still for name in moved.copies))
    if not held:
        return ""
    return say(
        "mistakes.copied",
        count=len(still),
        held=len(held),
        variables=held,
        targets=_targets(still),
        step=_step(still),
    )


def _unchanged(still: Sequence[Moved], *, others: bool) -> str:
    """Say what is missing for a step."""
    if all(moved.flow is None for moved in still):
        return say("mistakes.no_gradient", targets=_targets(still))
    if not any(np.any(moved.own) for moved in still):
        return say("mistakes.zero_gradient", targets=_targets(still))
    if others:
        return say("mistakes.one_step", targets=_targets(still), step=_step(still))
    if any(moved.left is not None and np.any(moved.left) for moved in still):
        return say("mistakes.no_step", step=_step(still))
    return say("mistakes.cleared", step=_step(still))


def _targets(still: Sequence[Moved]) -> list[str]:
    return [f"model.{moved.name}" for moved in still]


def _step(still: Sequence[Moved]) -> str:
    return say("mistakes.the_step", name=still[0].name)
