"""(n) The page's engine in node against the article's loop."""

from __future__ import annotations

from linreg_widget import crop_yields
from tests import node
from tests.benchmarks.common import Cost, Plan, at_least, cost_of, in_turn, median, report, say
from tests.benchmarks.loops import ArticleLoop
from tests.engine.conftest import wire

TITLE = "The page's own engine in node against the article's loop in PyTorch"
_EPOCHS = 40  # a turn of a few milliseconds
_TIMES = 200  # as many epochs, so that a turn of the engine takes about as long

SCRIPT = """
import { tableOf } from "../test/engine";
import { createTrainer } from "./engine/trainer";
declare const process: any;
const kept = globalThis as any;
const [table, epochs] = args;
const settings = { learning_rate: 1e-6, batch_size: 3, seed: 0, shuffle: true, standardize: false };
kept.trainer ??= createTrainer(tableOf(table), { ...settings, epochs });
const { trainer } = kept;
const from = trainer.update;
trainer.change({ epochs: trainer.place.epoch + epochs });
const [cpu, wall] = [process.cpuUsage(), performance.now()];
trainer.advance();
const seconds = (performance.now() - wall) / 1e3;
const { user, system } = process.cpuUsage(cpu);
return [seconds, (user + system) / 1e6, trainer.update - from];
"""


def measure(plan: Plan) -> None:
    """Measure and print."""
    table = crop_yields()
    article = ArticleLoop(table)
    with node.Service(SCRIPT) as engine:

        def ours() -> Cost:
            wall, cpu, updates = engine.ask(wire(table), _TIMES * _EPOCHS)
            return Cost(wall / updates, cpu / updates)

        updates = 5 * _EPOCHS
        turns = in_turn(
            ours,
            lambda: cost_of(lambda: article.run(_EPOCHS), updates),
            plan.rounds(200, 40),
        )
    say(
        f"The engine makes {1 / median(turns.one):,.0f} updates a second, the article's loop "
        f"{1 / median(turns.other):,.0f}. The engine records losses and checkpoints."
    )
    report("Times as fast", turns.faster, at_least(200))
    report("By processor time", turns.cheaper)
