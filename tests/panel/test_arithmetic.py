"""The page's sums (js/src/state/arithmetic.ts) against torch, for every entry of real frames."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import measured
from tests import node
from tests.microscope.looking import Shown, look

EXPLAIN = """
import { explain } from "./state/arithmetic";
import { decodeFrame } from "./state/frame";
return args[0].map(([words, data]: [any, string]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const frame = decodeFrame(words, new DataView(bytes.buffer));
  const found: unknown[] = [];
  for (const { name, rows, columns } of frame.tensors)
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1) {
        const why = explain(frame, { tensor: name, row, column });
        if (why) found.push([name, row, column, why.sum, why.scale, why.of.value, why.missing,
          why.cleared, why.terms.length]);
      }
  return found;
});
"""
SIZES = {"predictions": 6, "loss": 1, "w.grad": 6, "b.grad": 2, "w": 6, "b": 2}


def explained(frames: list[Shown]) -> list[list[Any]]:
    found: list[list[Any]] = node.call(
        EXPLAIN, [[frame.words, base64.b64encode(frame.data).decode()] for frame in frames]
    )
    return found


@pytest.mark.parametrize("settings", [{}, {"standardize": True}, {"seed": 3, "batch_size": 4}])
def test_every_entry_is_explained_and_adds_up_to_torchs_number(settings: dict[str, Any]) -> None:
    trainer = Trainer(crop_yields(), **settings)
    frames = [look(trainer)]
    for _ in range(4 * 5):
        trainer.step("phase")
        frames.append(look(trainer))
    trainer.run()
    trainer.back("phase", 2)
    for _ in range(2):
        trainer.step("phase")
        frames.append(look(trainer))
    of_phase = {
        "": [],
        "predict": ["predictions"],
        "loss": ["predictions", "loss"],
        "backward": ["predictions", "loss", "w.grad", "b.grad"],
        "update": [*SIZES],
        "zero": [*SIZES],
    }
    for frame, entries in zip(frames, explained(frames), strict=True):
        sizes = {name: frame.numbers(name).size for name in of_phase[frame.phase]}
        counted = {name: sum(entry[0] == name for entry in entries) for name in SIZES}
        assert {name: count for name, count in counted.items() if count} == sizes
        for name, row, column, total, scale, torchs, missing, cleared, _ in entries:
            assert missing == 0
            assert cleared == (frame.phase == "zero" and name.endswith(".grad"))
            own = frame.numbers(name, "old" if cleared else "values")[row, column]
            assert torchs == own
            # A float32 sum of k numbers is off by about k half-units in the last place, each.
            assert abs(total - own) <= 4e-6 * scale, (frame.phase, name, row, column)


def test_a_sum_that_was_not_sent_whole_is_not_made_up() -> None:
    numbers = np.random.default_rng(0).normal(size=(300, 41)).astype(np.float32)
    trainer = Trainer((numbers[:, :40], numbers[:, 40:]), batch_size=200)
    trainer.step("phase", 3)
    frame = look(trainer)
    (entries,) = explained([frame])
    gradients = [entry for entry in entries if entry[0] == "w.grad"]
    assert len(gradients) == frame.numbers("w.grad").size
    for _, _, _, total, _, _, missing, _, terms in gradients:
        assert total is None  # NaN in JSON
        assert missing == 200 - terms


def test_both_sides_write_numbers_alike() -> None:
    rng = np.random.default_rng(1)
    values = [*(rng.normal(size=400) * 10 ** rng.uniform(-9, 9, 400)).tolist(), 0.0, 1e6, 999.95]
    script = (
        'import { measured } from "./text/format";\nreturn args[0].map((x: number) => measured(x));'
    )
    assert node.call(script, values) == [measured(value) for value in values]
