"""What went wrong, or is about to: a diverged run, a growing loss, a step that is not one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.insight import round_rate, too_large
from linreg_widget.messages import say

from .evidence import Evidence
from .mistakes import (
    Mistake,
    forgetful,
    gradient_scale,
    standstill,
    uncleared,
    unusual,
    uphill,
)
from .verdict import Diagnosis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.insight import Insight
    from linreg_widget.recording import Recording
    from linreg_widget.settings import Settings

    from .run import Run
    from .verdict import Remembered

_LONGEST = 50  # updates in each of the stretches that are compared
_STEADY = 5  # updates in a stretch from which on its mean is trusted more
_PATIENCE = 100  # updates for which a function that keeps something on the model may wait
_MOST_TRIED = 16  # moments that are tried for a good one


def diagnose(run: Run, insight: Insight, remembered: Remembered, *, epoch: int) -> Diagnosis:
    """Return what is wrong with a run that has made an update.

    Parameters
    ----------
    run : Run
    insight : Insight
        Of the run's table, batch size and scaling.
    remembered : Remembered
        What was found out about it before.
    epoch : int
        Updates in an epoch: stretches of that many have all rows in them and can be compared.
    """
    recording, update = run.recording, run.update
    facts = Evidence(run, remembered)
    well = Diagnosis("", "", insight.safe_rate, None)
    losses, diverged = recording.losses[:update], update == recording.diverged_at
    held = recording.segment_at(update - 1).settings  # as it went wrong, whatever was set since
    told = insight.but(batch_size=held.batch_rows, standardize=held.standardize)
    same = losses[recording.segment_at(update - 1).update :]  # made with the same settings
    stretch, growth = (0, 0.0) if diverged else _growth(same, epoch, _noise(held.rate, told))
    if not (diverged or growth):
        patience = 0 if facts.ended else epoch
        still = _standstill(update, held, told, facts, patience)
        return still or _of_code(facts) or _climb(facts) or _ended(facts) or well
    finite = losses[np.isfinite(losses)]
    lowest = int(np.argmin(finite)) if len(finite) else 0
    if diverged:
        what = f"{say('status.diverged', update=update)} {_grown(finite, lowest)}".strip()
    else:
        what = say("diagnosis.growing", growth=growth, updates=stretch)
    mistake = _mistake(facts)
    words, safe = _cause(held.rate, told, mistake, own=facts.own, briefly=not diverged)
    rate = safe if safe and safe >= np.finfo(np.float32).tiny else None  # w has 32 bits
    return Diagnosis(
        "diverged" if diverged else "growing",
        f"{what} {words}".strip(),
        rate,
        None if rate is None else _good(recording, update, lowest, facts),
    )


def _good(recording: Recording, update: int, lowest: int, facts: Evidence) -> int | None:
    """Return the updates done at a moment no worse than the start: the one of the lowest loss."""
    losses = recording.losses[:update]
    below = [mark for mark in recording.checkpoints if mark < update and losses[mark] <= losses[0]]
    below.sort(key=lambda mark: float(losses[mark]))
    for moment in [lowest, *below[:_MOST_TRIED]]:
        better = moment and losses[moment] <= losses[0]
        if better and facts.full_loss(moment) <= facts.full_loss(0):
            return moment
    return None


# ---- from the losses -----------------------------------------------------------------------------


def _noise(rate: float, insight: Insight) -> float:
    """Return by what factor the loss may grow without anything wrong.

    Batches differ; and where the rate is a good one, they more likely do than the run goes wrong.
    """
    if rate > insight.largest_stable_rate:
        return 1.5
    return 3.0 if rate > insight.worst_batch_rate else 10.0


def _growth(losses: NDArray[np.float32], epoch: int, noise: float) -> tuple[int, float]:
    """Return how long a stretch is, and by what the loss grew over the last one; 0 if it did not.

    It grows if two stretches in a row are each worse than the one before by more than noise, which
    is twice as large for stretches of few updates. Of a loss below 0, as a log-likelihood may be,
    no multiple says anything.
    """
    stretch = min(max(epoch, _STEADY), _LONGEST, len(losses) // 3)
    if not stretch:
        return 0, 0.0
    last = losses[-3 * stretch :].astype(np.float64).reshape(3, stretch).mean(axis=1)
    least = noise if stretch >= _STEADY else 2 * noise
    grows = last[0] > 0 and last[1] > least * last[0] and last[2] > least * last[1]
    return stretch, float(last[2] / last[1]) if grows else 0.0


def _grown(finite: NDArray[np.float32], lowest: int) -> str:
    if len(finite) - lowest < 2:
        return ""
    return say(
        "diagnosis.grew",
        lowest=float(finite[lowest]),
        at=lowest + 1,
        last=float(finite[-1]),
        end=len(finite),
    )


# ---- from w and b --------------------------------------------------------------------------------


def _standstill(
    update: int, held: Settings, insight: Insight, facts: Evidence, patience: int
) -> Diagnosis | None:
    """Say that w or b have never moved, although they should have.

    At the best fit, and where all steps are shorter than rounding, they should not.
    """
    names = facts.unmoved
    if not names:
        return None
    done, rate = update - facts.since, held.rate
    since = (
        say("diagnosis.since_update", update=facts.since, updates=done)
        if facts.since
        else say("diagnosis.since_start", updates=done)
    )
    should = tuple(name for name in names if name in facts.moving(rate))
    if not should:
        if len(names) < 2 or not facts.moving(insight.safe_rate):
            return None
        return Diagnosis(
            "still",
            say("diagnosis.too_short", since=since, rate=rate, safe=insight.safe_rate),
            insight.safe_rate,
            None,
        )
    made = facts.made()
    if not made:
        return None
    words, goes_on = standstill(made[0], should, since)
    copies = any(moved.copies for moved in made[0].both if moved.name in should)
    wait = patience
    if patience and (facts.keeps_more or not goes_on):
        wait = max(_PATIENCE, 2 * patience)
    return Diagnosis("still", words, None, None) if copies or done >= wait else None


def _of_code(facts: Evidence) -> Diagnosis | None:
    """Say what is wrong with the update function's loss or step, though the loss may fall."""
    found = _unusual(facts)
    return Diagnosis("loss", f"{found.words} {found.remedy}", None, None) if found else None


def _unusual(facts: Evidence) -> Mistake | None:
    """Return what the record alone tells of an update function of the user's own."""
    if not facts.own:
        return None
    if found := unusual(facts.few_samples):
        return found
    names, emptied = facts.forgotten
    return forgetful(names, emptied=emptied) if names else None


def _climb(facts: Evidence) -> Diagnosis | None:
    """Say that w or b go uphill, even if the loss does not grow yet."""
    if not (facts.own and facts.opposed):
        return None
    made = facts.made()
    mistake = uphill(made[0]) if made else None
    if mistake is None:
        return None
    return Diagnosis("uphill", f"{mistake.words} {mistake.remedy}", None, None)


def _ended(facts: Evidence) -> Diagnosis | None:
    """Say what makes a run end above its start, or below it with the sum of all gradients.

    In the first the loss swings, so it does not just grow; in the second the rate is so low that
    the loss falls all the same.
    """
    if (losses := facts.ends) is None:
        return None
    start, now = losses
    if now > start:
        mistake, what = _mistake(facts), say("diagnosis.worse", start=start, now=now)
    else:
        mistake = uncleared(facts.made()) if facts.piled else None
        what = say("diagnosis.piled", start=start, now=now)
    if mistake is None:
        return None
    return Diagnosis("growing", f"{what} {mistake.words} {mistake.remedy}", None, None)


# ---- the cause -----------------------------------------------------------------------------------


def _mistake(facts: Evidence) -> Mistake | None:
    """Return what is wrong with the update function, if anything is."""
    if not facts.own:
        return None
    if found := _unusual(facts):
        return found
    made = facts.made()
    found = uphill(made[0]) if made else None
    samples = facts.samples()
    return found or (gradient_scale(samples, made) if samples else None) or uncleared(made)


def _cause(
    rate: float, insight: Insight, mistake: Mistake | None, *, own: bool, briefly: bool
) -> tuple[str, float | None]:
    """Say what makes the loss grow, the update function or the rate; and which rate is safe."""
    limit, safe = insight.largest_stable_rate, insight.safe_rate
    if mistake is None and not own and (words := too_large(insight)):
        return words, None
    if mistake is None:
        words = _rate_words(rate, insight, own=own, briefly=briefly)
        return words, safe if rate > safe else None
    if mistake.factor:
        safe = round_rate(safe / mistake.factor)
        words = f"{mistake.words} {_scaled_words(rate, insight, mistake.factor)}"
        return f"{words} {mistake.remedy}", safe if rate > safe else None
    words = f"{mistake.words} {mistake.remedy}"
    if rate > limit:
        words += (
            f" {say('diagnosis.besides', rate=rate, compared=_compared(rate, limit), limit=limit)}"
        )
    elif not briefly or mistake.asks:
        words = f"{_blamed(rate, limit)} {words}"
    return words, None


def _scaled_words(rate: float, insight: Insight, factor: float) -> str:
    """Say how a rate compares with the largest stable one where steps are a multiple."""
    usual, worst = insight.largest_stable_rate, insight.worst_batch_rate / factor
    limit = usual / factor
    compared = _compared(rate, limit)
    then = "above" if rate > limit else "overshoots" if rate > worst else "well"
    return say(
        "diagnosis.scaled", limit=limit, usual=usual, then=then, rate=rate, compared=compared
    )


def _rate_words(rate: float, insight: Insight, *, own: bool, briefly: bool) -> str:
    """Say how a rate compares with the largest stable one, and what it makes grow."""
    limit, worst = insight.largest_stable_rate, insight.worst_batch_rate
    if rate > limit:
        if briefly:
            return say(
                "diagnosis.too_high", rate=rate, compared=_compared(rate, limit), limit=limit
            )
        return say(
            "diagnosis.overshoots",
            rate=rate,
            compared=_compared(rate, limit),
            limit=limit,
            direction=insight.name_of_direction(0),
            growth=abs(1 - rate * float(insight.curvatures[0])),
        )
    if rate > worst:
        batch = insight.batch_size
        return say("diagnosis.some_batches", rate=rate, limit=limit, worst=worst, batch=batch)
    if not own:
        return say("diagnosis.too_far")
    return _blamed(rate, limit)


def _compared(rate: float, limit: float) -> str:
    """Say how many times the largest stable rate a higher one is, as the page does."""
    factor = rate / limit
    return say("rates.just_above") if factor < 1.05 else say("rates.times", factor=factor)


def _blamed(rate: float, limit: float) -> str:
    return say("diagnosis.innocent", rate=rate, share=rate / limit)
