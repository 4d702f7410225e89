"""Run each script of a list in a fresh namespace; tell what each printed, and its w and b.

Standard input is the list, standard output the answers, both in JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from typing import Any

warnings.simplefilter("error")
answers = []
for script in json.load(sys.stdin):
    printed = io.StringIO()
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "script", "exec"), names)  # noqa: S102 - our own
    model = names["model"]
    w, b = (model.w, model.b) if hasattr(model, "w") else (names["w"], names["b"])
    lines = printed.getvalue().splitlines()
    answers.append([lines, w.flatten().tolist(), b.tolist(), sorted(names)])
assert not any(name.startswith("linreg") for name in sys.modules)
json.dump(answers, sys.stdout)
