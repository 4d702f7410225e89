"""What all benchmarks share: two sides timed in turn, medians of ratios, and how they are printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "Cost",
    "Goal",
    "MissingError",
    "Plan",
    "Turns",
    "at_least",
    "at_most",
    "cost_of",
    "in_turn",
    "microseconds",
    "per_second",
    "report",
    "spread",
]


class MissingError(Exception):
    """A benchmark cannot be run here; the message says what is missing."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    quick: bool = False

    def rounds(self, full: int, quick: int) -> int:
        """Return how many rounds to make."""
        return quick if self.quick else full


class Cost(NamedTuple):
    """What one unit of work costs, in seconds."""

    wall: float
    """By the clock."""
    cpu: float
    """Of this process, in all its threads: other programs' load hardly shows in it."""


def cost_of(work: Callable[[], object], units: int) -> Cost:
    """Do some work and return what each of its units cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall / units, cpu / units)


@dataclass
class Turns:
    """What two sides cost, one entry for each round, in seconds for a unit of work."""

    one: list[Cost] = field(default_factory=list)
    other: list[Cost] = field(default_factory=list)

    @property
    def faster(self) -> list[float]:
        """How many times as fast as the other side the one side is, in each round."""
        return [other.wall / one.wall for one, other in zip(self.one, self.other, strict=True)]

    @property
    def cheaper(self) -> list[float]:
        """The same by the processor's time."""
        return [other.cpu / one.cpu for one, other in zip(self.one, self.other, strict=True)]


def in_turn(one: Callable[[], Cost], other: Callable[[], Cost], rounds: int) -> Turns:
    """Measure two sides in rounds of one, other, other, one, so that other load falls on both.

    A first round is made and not counted. Rounds should be short: milliseconds where that is possible.
    """
    turns = Turns()
    for round_ in range(rounds + 1):
        costs = [side() for side in (one, other, other, one)]
        if round_:
            turns.one.append(_mean(costs[0], costs[3]))
            turns.other.append(_mean(costs[1], costs[2]))
    return turns


def _mean(first: Cost, second: Cost) -> Cost:
    return Cost((first.wall + second.wall) / 2, (first.cpu + second.cpu) / 2)


class Goal(NamedTuple):
    """A bound that a median is held against."""

    words: str
    holds: Callable[[float], bool]


def at_least(bound: float) -> Goal:
    """Return the goal that a median is not below a bound."""
    return Goal(f"at least {bound:g}", lambda ratio: ratio >= bound)


def at_most(bound: float) -> Goal:
    """Return the goal that a median is not above a bound."""
    return Goal(f"at most {bound:g}", lambda ratio: ratio <= bound)


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def report(words: str, ratios: Sequence[float], goal: Goal | None = None) -> None:
    """Print the median of some ratios, their spread, and the goal."""
    low, middle, high = spread(ratios)
    print(f"  {words}: {middle:.3f} (quartiles {low:.3f} to {high:.3f}, {len(ratios)} rounds)")
    if goal is not None:
        print(f"    goal {goal.words}: {'met' if goal.holds(middle) else 'MISSED'}", flush=True)


def microseconds(costs: Sequence[Cost]) -> str:
    """Say a median cost in microseconds."""
    return f"{spread([cost.wall for cost in costs])[1] * 1e6:,.1f} µs"


def per_second(costs: Sequence[Cost]) -> str:
    """Say a median cost as updates a second."""
    return f"{1 / spread([cost.wall for cost in costs])[1]:,.0f} updates a second"
