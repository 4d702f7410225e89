"""What a reader sees whose page cannot show the widget: what to install, and where.

A kernel and the server whose page shows its outputs may be of two environments. What is missing on
the side of the page the kernel cannot see, so each widget carries the words for it: as the text of
its output, for a page that shows no widgets at all, and as a part of its box, for one that shows
ipywidgets' own but not ours. The page hides that part as soon as all others are there.
"""

from __future__ import annotations
