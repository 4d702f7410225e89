"""Mistakes of an update function, told from what one of its updates did to w and b.

What an update should do is known: lower ``mse_loss`` of its batch by a step of -rate × gradient.
So the step that was made is compared with that one, and the loss that was returned with that loss.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Made",
    "Mistake",
    "Moved",
    "Sample",
    "gradient_scale",
    "standstill",
    "uncleared",
    "unlike",
    "uphill",
]

_PARALLEL = 0.99  # cosine, from which on two directions count as one
_LOSS, _STEP = 1e-3, 0.05  # relative differences that rounding explains, in losses and in steps
_CLEAR = "after the step: `model.w.grad.zero_()`, and the same for b"


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


class Mistake(NamedTuple):
    """What is wrong with an update function."""

    words: str
    remedy: str
    factor: float = 0.0
    """How many times as long as the article's its steps are, if another rate can make up for it;
    else 0."""
    asks: bool = False
    """Whether the words begin with a question, so that who is to blame must come before."""


# ---- direction -----------------------------------------------------------------------------------


def uphill(made: Made) -> Mistake | None:
    """Tell whether an update moves w or b along the gradient, not against it."""
    turned = _is_turned(made)
    up = [moved for moved in made.both if _climbs(moved, made.rate, -1 if turned else 1)]
    if not up:
        return None
    names = " and ".join(moved.name for moved in up)
    if all(moved.flow is None for moved in up):
        why = "the step is along the gradient of mse_loss, not against it"
        remedy = "Turn one sign: `-=` in place of `+=`, or model(x) - y in place of y - model(x)."
    elif turned:
        why = "the gradient is that of the loss with its sign turned"
        remedy = "Call backward() on the loss itself, not on its negative."
    else:
        why = "the step adds the gradient instead of subtracting it"
        name = up[0].name
        remedy = f"Write `-=`, as in `model.{name} -= learning_rate * model.{name}.grad`, not `+=`."
    verb, rest = ("goes", "") if len(up) == 1 else ("go", "")
    if len(up) == 1:
        other = made.b if up[0] is made.w else made.w
        rest = f" ({other.name} goes downhill)" if _along(-other.step, other.own) > 0 else ""
    return Mistake(f"{names} {verb} uphill{rest}: {why}, which raises the loss.", remedy)


def _is_turned(made: Made) -> bool:
    """Tell whether the function's own gradients are those of ``mse_loss``, turned round."""
    if any(moved.flow is None for moved in made.both):
        return False
    of_w, of_b = (_share(moved.own, moved.gradient) for moved in made.both)
    parallel = all(_along(moved.own, moved.gradient) < -_PARALLEL for moved in made.both)
    return parallel and abs(of_b / of_w - 1) < _STEP


def _climbs(moved: Moved, rate: float, sign: int) -> bool:
    """Tell whether one of them moved along the gradient: clearly, and not by rounding alone."""
    smallest = np.spacing(np.abs(moved.before).max().astype(np.float32))
    if not np.isfinite(moved.step).all() or np.abs(moved.step).max() < 4 * smallest:
        return False
    if moved.step.size == 1:  # any two numbers are parallel
        return abs(sign * _share(moved.step, rate * moved.own) - 1) < _STEP
    return sign * _along(moved.step, moved.own) > _PARALLEL


def _along(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the cosine of the angle between two directions; 0 where one of them has none."""
    a, b = one.ravel(), other.ravel()
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(a @ b) / size if 0 < size < math.inf else 0.0


def _share(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how many times ``other`` is ``one``, if they are parallel."""
    with np.errstate(all="ignore"):
        square = float(other.ravel() @ other.ravel())
        return float(one.ravel() @ other.ravel()) / square if 0 < square < math.inf else math.nan


# ---- length --------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """A multiple of the mean, with what to say of it."""

    of: str
    words: str
    remedy: str

    def factor(self, rows: int, targets: int) -> float:
        sizes = {"": 1, "rows × targets": rows * targets, "rows": rows, "targets": targets}
        whole = self.of.removeprefix("½").removeprefix(" × ")
        return sizes[whole] / (2 if self.of.startswith("½") else 1)


_RULES = (
    _Rule(
        "rows × targets", "the sum instead of the mean", "Divide the loss by `difference.numel()`"
    ),
    _Rule("targets", "the mean over the rows, but the sum over the targets", "Use the mean of all"),
    _Rule("rows", "the sum over the rows of a mean over the targets", "Use the mean of all"),
    _Rule("½", "half the mean", "Leave out the half"),
    _Rule("½ × rows × targets", "half the sum instead of the mean", "Use the mean of all"),
    _Rule("½ × targets", "half the sum over the targets", "Use the mean of all"),
    _Rule("½ × rows", "half the sum over the rows", "Use the mean of all"),
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
        found = _root()
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
    words = f"The loss that the update function returns is {_times(ratio)} mse_loss of the same "
    long = f"so the gradients are {_times(ratio).removesuffix(' of')} as long"
    remedy = f"{rules[0].remedy if rules else 'Use mse_loss'}, or lower the rate."
    return Mistake(f"{words}batch{_why(rules, ratio)}, {long}.", remedy, ratio)


def _of_gradient(here: Sample, factor: float, *, same_loss: bool) -> Mistake:
    """Say which multiple of its gradient is used, although the loss is another one."""
    rules = _rules([here._replace(returned=factor * here.mse)])
    words = f"The gradients are {_times(factor)} those of mse_loss of the same batch"
    if same_loss:
        words = f"The loss that is returned is mse_loss of its batch, but t{words[1:]}"
    remedy = "Call backward() on the mean, or lower the rate."
    return Mistake(f"{words}{_why(rules, factor)}.", remedy, factor)


def _of_step(flow: float, step: float) -> Mistake:
    """Say how long steps are where it is not the gradient that makes them so."""
    of = "gradient" if abs(flow - 1) < _STEP else "the gradient of mse_loss of the same batch"
    words = f"Each step is {_times(flow * step)} learning_rate × {of}."
    return Mistake(words, "Make it learning_rate × gradient, or lower the rate.", flow * step)


def _why(rules: Sequence[_Rule], factor: float) -> str:
    """Say what a multiple is made of."""
    if not rules:
        return ""
    sizes = f" ({rules[0].of} = {said(factor)})" if rules[0].of != "½" else ""
    return f"{sizes}: it is {', or '.join(rule.words for rule in rules[:2])}"


def _root() -> Mistake:
    return Mistake(
        "The loss that the update function returns is the square root of mse_loss of the same "
        "batch (RMSE), so its gradients are not a constant multiple: they are divided by twice the "
        "root, and do not shrink as the loss falls.",
        "Call backward() on the mean of the squares.",
    )


def _times(factor: float) -> str:
    for known, words in ((0.5, "half of"), (2.0, "twice")):
        if abs(factor / known - 1) < _LOSS:
            return words
    return f"{said(factor)} times"


def _flow_factor(made: Made) -> float:
    """Return how many times the gradient of ``mse_loss`` the function's own one is; NaN if none."""
    if any(moved.flow is None for moved in made.both):
        return 1.0  # worked out by hand: the step tells
    shares = [_share(moved.own, moved.gradient) for moved in made.both]
    alike = all(_along(moved.own, moved.gradient) > _PARALLEL for moved in made.both)
    return shares[0] if alike and abs(shares[1] / shares[0] - 1) < _STEP else math.nan


def _step_factor(made: Made) -> float:
    """Return how many times -rate × gradient the step of w, or else of b, is; NaN if no multiple.

    Where steps are as short as rounding, they count as what they should be.
    """
    for moved in made.both:
        smallest = np.spacing(np.abs(moved.before).max().astype(np.float32))
        wanted = -made.rate * moved.own
        if np.isfinite(moved.step).all() and np.abs(wanted).max() > smallest / _STEP:
            parallel = _along(moved.step, wanted) > _PARALLEL
            return _share(moved.step, wanted) if parallel else math.nan
    return 1.0


def uncleared(made: Sequence[Made]) -> Mistake | None:
    """Tell whether each step is made with the sum of all gradients so far."""
    if len(made) < 2:
        return None
    kept = [
        one.name
        for one, two in zip(made[0].both, made[1].both, strict=True)
        if one.left is not None
        and two.left is not None
        and two.flow is not None
        and np.any(one.left)
        and np.any(one.step)
        and np.allclose(two.left, one.left + two.flow, rtol=1e-3)
        and _along(-two.step, two.left) > _PARALLEL
    ]
    if not kept:
        return None
    names = " and ".join(f"model.{name}.grad" for name in kept)
    still = "still holds" if len(kept) == 1 else "still hold"
    return Mistake(
        f"Does it clear the gradient? After an update {names} {still} the old one, backward() adds "
        "to that, and each step is made with the sum of all so far.",
        f"Clear it {_CLEAR}.",
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
    both, who = len(still) == 2, " and ".join(names)
    what = f"{who} {'are' if both else 'is'} still exactly what {'they were' if both else 'it was'}"
    what = f"{what} {since}"
    moves = [moved.name for moved in made.both if moved.name not in names and np.any(moved.step)]
    if moves:
        what += f", though {moves[0]} moves"
    targets = " and ".join(f"model.{name}" for name in names)
    why = _copied(still) or _unchanged(still, others=bool(moves))
    step = f"model.{names[0]} -= learning_rate * model.{names[0]}.grad"
    words = f"{what}: {why.format(targets=targets, step=f'`{step}` under `with torch.no_grad()`')}"
    return words, not made.keeps


def _copied(still: Sequence[Moved]) -> str:
    """Say that the step has gone to tensors of the function's own; "" if it has not."""
    held = list(dict.fromkeys(name for moved in still for name in moved.copies))
    if not held:
        return ""
    variables = f"variable{'s' if len(held) > 1 else ''} {' and '.join(held)}"
    new = "new tensors" if len(still) > 1 else "a new tensor"
    are, these = ("they are", "these") if len(still) > 1 else ("it is", "that one")
    return (
        f"the update function makes {new} in its {variables}, and leaves {{targets}} as {are}. "
        f"Change {these} in place, as in {{step}}."
    )


def _unchanged(still: Sequence[Moved], *, others: bool) -> str:
    """Say what is missing for a step."""
    if all(moved.flow is None for moved in still):
        return (
            "no gradient reaches {targets}. Predict with model(x), not with copies of w and b "
            "(detach(), .data), and call loss.backward()."
        )
    if not any(np.any(moved.own) for moved in still):
        return (
            "the gradient of {targets} is 0. Call backward() on the loss of model(x), with x as it "
            "is given."
        )
    if others:
        return (
            "the update function makes no step of {targets}, whose gradient is not 0. Add {step}."
        )
    if any(moved.left is not None and np.any(moved.left) for moved in still):
        return "the gradient is there, but the update function makes no step with it. Add {step}."
    return (
        "the gradient is there after backward(), but it is cleared before any step is made with "
        "it. Put {step} between backward() and zero_()."
    )
