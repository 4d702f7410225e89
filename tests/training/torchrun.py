"""Started by torchrun: runs several scripts of shared runs one after the other.

    torchrun --standalone --nproc-per-node=2 torchrun.py JOBS

Its processes may begin with torch loaded, which takes longer than the runs. JOBS is a JSON file: a
list of the script's text, its arguments, and the file that gets what the first process prints.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import torch.distributed as dist

# All of them share one group of processes: torchrun's store knows no second one by the same name.
dist.init_process_group("gloo")
leave = dist.destroy_process_group
vars(dist).update(init_process_group=lambda _: None, destroy_process_group=lambda: None)
for script, arguments, output in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    sys.argv = ["run.py", *arguments]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "run.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own
    if os.environ["RANK"] == "0":
        Path(output).write_text(printed.getvalue(), encoding="utf-8")
dist.barrier()  # or one process ends while gloo's threads of another still talk to it
leave()
assert not any(name.startswith("linreg") for name in sys.modules)
