"""Hostile texts: whatever a table, a cell or a name may hold, none of it is markup or code.

Each is typed somewhere by a reader and shown somewhere else. There it must stand as it was typed.
"""

from __future__ import annotations

from linreg_widget.table.columns import clean

HOSTILE = {
    "script": "</script><script>alert(1)</script>",
    "image": "<img src=x onerror=alert(2)>",
    "svg": "<svg/onload=alert(3)>",
    "frame": "<iframe srcdoc='<script>alert(4)</script>'></iframe>",
    "link": "<a href='javascript:alert(5)'>link</a>",
    "scheme": "javascript:alert(6);",
    "handler": '" onmouseover="alert(7)" x=\'',
    "comment": "<!-- --!> ]]> -->",
    "entity": "&lt;b&gt; &amp; &#60;i&#62;",
    "dollars": "$x^2$ and $$y_1$$",
    "parentheses": r"\(x\) and \[y\].",
    "environment": r"\begin{align}x\end{align}",
    "braces": "{__import__('os')} {x}",
    "variable": "$HOME ${HOME} $x",
    "format": "%s %(x)s {0} {x!r:>{y}}",
    "markdown": "**bold** `code` [a](b) # h",
    "colour": "\x1b[31mred\x1b[0m",
    "control": "nul\x00bell\x07back\x08space\x7f",
    "backwards": "\u202eelttab\u202c",
    "style": "</style><style>*{display:none}</style>",
    "long": "very-" * 60 + "long",
}
"""Texts by what is hostile in them."""

SHOWN = {kind: clean(text) for kind, text in HOSTILE.items()}
"""The same as names, in which characters that cannot be seen are dropped."""
