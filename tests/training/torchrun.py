"""Started by torchrun: runs several scripts of shared runs one after the other.

    torchrun --standalone --nproc-per-node=2 torchrun.py JOBS

Its processes may begin with torch loaded, which takes longer than the runs. JOBS is a JSON file: a
list of the script's text, its arguments, and the file that gets what the first process prints. If a
script ends itself, as one that diverges does in all processes, the next one follows.
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
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(compile(script, "run.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own
        except (SystemExit, KeyboardInterrupt) as end:  # as if the script stood alone
            if isinstance(end, SystemExit):
                printed.write(f"{end.code}\n")
            else:
                sys.excepthook(type(end), end, end.__traceback__)
    if os.environ["RANK"] == "0":
        Path(output).write_text(printed.getvalue(), encoding="utf-8")
dist.barrier()  # or one process ends while gloo's threads of another still talk to it
leave()
assert not any(name.startswith("linreg") for name in sys.modules)
