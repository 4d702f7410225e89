"""The front end as it travels: a module that is there at once, and unpacks itself meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from linreg_widget.panel.panel import TrainerPanel

pytestmark = pytest.mark.process

# What node says of the module, in a world of which `before` has made another one.
REPORT = """
const { default: panel } = await import("./panel.mjs");
const said = new Promise((append) => {
  const given = [{ model: {} }, { model: {}, el: { append } }];
  const ends = [panel.initialize(given[0]), panel.render(given[1])];
  if (waits) console.log(JSON.stringify(ends.map((end) => typeof end)));
});
if (!waits) console.log(JSON.stringify(String(await said)));
process.exit();
"""
NEVER_UNPACKED = """const waits = true;
globalThis.DecompressionStream = class {
  readable = new ReadableStream();
  writable = new WritableStream();
};"""
OLD = "const waits = false; delete globalThis.DecompressionStream;"
FORBIDDEN = """const waits = false;
URL.createObjectURL = () => { throw new Error("The policy forbids it."); };"""


def reported(folder: Path, before: str) -> Any:
    npm = hatch_build.find_npm()
    assert npm is not None, hatch_build.NO_NODE
    (folder / "panel.mjs").write_text(str(TrainerPanel._esm), encoding="utf-8")
    (folder / "report.mjs").write_text(before + REPORT, encoding="utf-8")
    environment = {**os.environ, "PATH": npm.path}
    command = ["node", "report.mjs"]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nobody_waits_for_it_to_be_unpacked(tmp_path: Path) -> None:
    """A widget that is not ready after two seconds is told nothing more by anywidget."""
    assert reported(tmp_path, NEVER_UNPACKED) == ["function", "function"]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (OLD, "This widget needs a browser of 2023 or newer."),
        (FORBIDDEN, "Error: The policy forbids it."),
    ],
)
def test_what_cannot_be_unpacked_says_so_in_the_widgets_place(
    tmp_path: Path, before: str, words: str
) -> None:
    assert reported(tmp_path, before) == words
