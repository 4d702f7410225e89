"""Calling the page's pure functions from Python, to hold both sides against each other."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import hatch_build

JS = Path(__file__).parent.parent / "js"


def call(script: str, *arguments: Any) -> Any:
    """Run the body of a TypeScript function of ``arguments`` and return what it returns, by JSON.

    Parameters
    ----------
    script : str
        May begin with imports, from ``./text/format`` for instance; ``arguments`` is an array.
    """
    npm = hatch_build.find_npm()
    assert npm is not None, hatch_build.NO_NODE
    lines = script.strip().splitlines()
    imports = [line for line in lines if line.startswith("import ")]
    body = "\n".join(line for line in lines if line not in imports)
    source = "\n".join(
        [
            *imports,
            'import { readFileSync } from "node:fs";',
            'const arguments_ = JSON.parse(readFileSync(0, "utf-8"));',
            f"const result = ((args: any) => {{{body}}})(arguments_);",
            "process.stdout.write(JSON.stringify(result));",
        ]
    )
    environment = {**os.environ, "PATH": npm.path}
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=cjs", "--loader=ts"]
    built = subprocess.run(
        [esbuild, *options, "--log-level=error"],
        input=source,
        cwd=JS / "src",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not built.returncode, built.stderr
    done = subprocess.run(
        ["node", "--eval", built.stdout],
        input=json.dumps(arguments),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)
