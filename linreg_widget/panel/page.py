"""A page of its own for one run: the panel and the tape in one file.

Nothing is fetched: script, style and numbers stand in the file. The panel is given a model that
knows the state and says that there is no kernel, and so it plays the tape.

Whatever comes from a table is text: in the page it is escaped, and in the state, which is a script
for the browser, no "<" is left that could end it.
"""

from __future__ import annotations

import html
import json
import math
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from .panel import TrainerPanel

__all__ = ["page_of", "script_of", "shared_traits"]

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'">
<title>{title}</title>
<style>
{css}
html {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 16px; background: #fff; color: #1f2328; }}
body {{ font: 14px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1040px; margin: 0 auto; }}
h1 {{ font-size: 20px; margin: 0 0 12px; overflow-wrap: anywhere; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #0e0f12; color: #e6e8eb; }}
}}
</style>
</head>
<body>
<main class="linreg-page">
<h1><bdi>{title}</bdi></h1>
<noscript>{description} This page plays the recorded run, which needs JavaScript.</noscript>
<div id="panel"></div>
</main>
<script id="state" type="application/json">{state}</script>
<script type="module">
{esm}
const state = JSON.parse(document.getElementById("state").textContent);
for (const name of state.bytes) {{
  const bytes = Uint8Array.from(atob(state.traits[name]), (letter) => letter.charCodeAt(0));
  state.traits[name] = new DataView(bytes.buffer);
}}
const model = {{
  get: (name) => state.traits[name],
  set() {{}},
  save_changes() {{}},
  send() {{
    throw new Error("This page has no kernel.");
  }},
  on() {{}},
  off() {{}},
}};
panel.initialize({{ model }});
panel.render({{ model, el: document.getElementById("panel") }});
</script>
</body>
</html>
"""
_EXPORT = re.compile(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$")


def page_of(panel: TrainerPanel) -> str:
    """Return the page."""
    state = panel.get_state()
    traits = {name: state[name] for name in sorted(shared_traits(type(panel)))}
    traits.update(_pull=False)  # there is nobody to go on with a run
    packed = {name for name, value in traits.items() if isinstance(value, bytes | memoryview)}
    for name in packed:
        traits[name] = b64encode(traits[name]).decode()
    words = json.dumps({"bytes": sorted(packed), "traits": _finite(traits)}, separators=(",", ":"))
    return _PAGE.format(
        title=html.escape(traits["_title"]),
        css=state["_css"],
        description=html.escape(traits["_described"]),
        state=words.replace("<", "\\u003c"),
        esm=script_of(state["_esm"]),
    )


def shared_traits(of: type[TrainerPanel]) -> dict[str, Any]:
    """Return the synced traits that are the panel's own, by name."""
    of_others = {*anywidget.AnyWidget.class_traits(sync=True), "_esm", "_css"}
    traits: dict[str, Any] = of.class_traits(sync=True)
    return {name: trait for name, trait in traits.items() if name not in of_others}


def script_of(esm: str) -> str:
    """Return the front end as a script: the module's default export is a constant, ``panel``.

    Parameters
    ----------
    esm : str
        The bundle, a module.
    """
    text, found = _EXPORT.subn(r"const panel = \1;", esm.strip())
    if not found:
        raise ValueError("the bundle does not end with its default export; build it again.")
    return re.sub("<(?=/script|!--)", r"\\x3c", text, flags=re.IGNORECASE)


def _finite(value: Any) -> Any:
    """Return a value for JSON, which knows no infinity: None stands in for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value
