"""What all benchmarks share: two sides measured in turn, medians of ratios, and their printing."""

from __future__ import annotations

import statistics
import textwrap
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
    "median",
    "quartiles",
    "report",
    "say",
]


class MissingError(Exception):
    """A benchmark cannot be run here; the message says what is missing."""


class Plan(NamedTuple):
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
    """Of the process, in all its threads: other programs hardly show in it."""


def cost_of(work: Callable[[], object], units: int) -> Cost:
    """Do some work and return what each of its units cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall / units, cpu / units)


@dataclass
class Turns:
    """What two sides cost, one entry for each round."""

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

    @property
    def slower(self) -> list[float]:
        """How many times as long as the other side the one side takes, in each round."""
        return [1 / ratio for ratio in self.faster]

    @property
    def dearer(self) -> list[float]:
        """The same by the processor's time."""
        return [1 / ratio for ratio in self.cheaper]


def in_turn(one: Callable[[], Cost], other: Callable[[], Cost], rounds: int) -> Turns:
    """Measure two sides in rounds of one, other, other, one, so that other load falls on both.

    A first round is made and not counted. A turn should be short, milliseconds if possible.
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


def median(costs: Sequence[Cost]) -> float:
    """Return the median by the clock, in seconds."""
    return statistics.median(cost.wall for cost in costs)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def say(text: str) -> None:
    """Print a paragraph."""
    print(textwrap.fill(" ".join(text.split()), 100, initial_indent="  ", subsequent_indent="  "))


def report(words: str, ratios: Sequence[float], goal: Goal | None = None) -> None:
    """Print the median of some ratios, their spread, and whether a goal is met."""
    low, middle, high = quartiles(ratios)
    line = f"  {words}: {middle:.3f} (quartiles {low:.3f} to {high:.3f}, {len(ratios)} rounds)"
    if goal is not None:
        line += f"; goal {goal.words}: {'met' if goal.holds(middle) else 'MISSED'}"
    print(line, flush=True)
