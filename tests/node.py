"""Calling the page's pure functions from Python, to hold both sides against each other."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import hatch_build

JS = Path(__file__).parent.parent / "js"


def call(script: str, *arguments: Any) -> Any:
    """Run the body of a TypeScript function of ``arguments`` and return what it returns, by JSON.

    Parameters
    ----------
    script : str
        May begin with imports, from ``./text/format`` for instance; ``arguments`` is an array.
    """
    with Service(script) as service:
        return service.ask(*arguments)


class Service:
    """A node process that runs the body of a TypeScript function whenever it is asked.

    Parameters
    ----------
    script : str
        As for `call`.
    """

    def __init__(self, script: str) -> None:
        npm = hatch_build.find_npm()
        assert npm is not None, hatch_build.NO_NODE
        lines = script.strip().splitlines()
        imports = [line for line in lines if line.startswith("import ")]
        body = "\n".join(line for line in lines if line not in imports)
        source = "\n".join(
            [
                *imports,
                'import { createInterface } from "node:readline";',
                f"const answer = (args: any) => {{{body}}};",
                'createInterface({ input: process.stdin }).on("line", (line) =>',
                'process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\\n"));',
            ]
        )
        environment = {**os.environ, "PATH": npm.path}
        esbuild = JS / "node_modules" / ".bin" / "esbuild"
        # In a file: a script may be longer than an argument of a command can be.
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "script.cjs"
        options = [
            "--bundle",
            "--platform=node",
            "--format=cjs",
            "--loader=ts",
            f"--outfile={path}",
        ]
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
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `close`
        self._node = subprocess.Popen(
            ["node", path],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def ask(self, *arguments: Any) -> Any:
        """Return what the function returns of some arguments."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(arguments) + "\n")
        self._node.stdin.flush()
        answer = self._node.stdout.readline()
        if not answer:
            self._node.wait()
            self._errors.seek(0)
            raise AssertionError(self._errors.read())
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        self._node.communicate()
        self._errors.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
