"""Pictures of runs in a notebook's outputs, for where no widget is shown: they follow the runs.

A widget is often shown first and run in a later cell. Then its output has no picture yet, and an
output can only be replaced by its name, a ``display_id``. So each output that holds one of our
widgets gets a name, the result of a cell as well, for which IPython has none; and at the end of a
cell that has moved a run, what its outputs hold is sent anew.

That is so until a page speaks, which shows the widget itself. For JupyterLab builds a view anew
whenever its output is replaced, with all that was typed or opened in it; and of what is replaced,
it leaves the result of a cell as it is. nbclient, which executes notebooks for nbconvert,
papermill and Quarto, replaces both.
"""

from __future__ import annotations
