"""A page of its own for one run, in one file: it trains there, or plays what was recorded.

Nothing is fetched: front end, table and history stand in the file. The panel gets a model that
knows the state and says that there is no kernel. Then the page's own engine trains, from the start
or from where the page should open; it needs only the table and the history of the run. A page can
hold larger tables than a panel's state, since it stands alone and long parts are deflated. A run
with the user's own update function, or of a table that is larger still, is played from its tape.

Whatever comes from a table is text: in the page it is escaped, and in the state, which is a script
for the browser, no "<" is left that could end it. The front end is packed to half its size.
The page knows the state's checksum: edited by hand, it would show numbers of no run, or fail
somewhere, so it says that it is damaged instead.
"""

from __future__ import annotations

import contextlib
import html
import json
import math
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import anywidget

from linreg_widget.errors import LinregError, SettingsError
from linreg_widget.messages import say
from linreg_widget.settings import STRETCH_SETTINGS, whole_number
from linreg_widget.training import Replay

from .codec import pack, unpack
from .front import wrapped
from .handover import TIMES_IN_A_PAGE, rows_of
from .readings import Readings
from .tape import FOR_A_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .panel import TrainerPanel

_LONG = 2_000  # bytes

# What the page's engine makes of the rest.
_MADE_ANEW = frozenset(
    {
        *("_frame", "_frame_data", "_graph", "_graph_data", "_fit_data", "_losses", "_curve"),
        *("_changes", "_table", "_described", "_coefficients", "_explained", "_findings"),
        *("_notice", "_alert", "_runs", "_run_columns", "_limit", "_worst", "_floor", "_mean"),
        *("_epoch", "_batch", "_batches", "_total", "_undoes", "_tape", "_axis"),
        *("_question", "_answer", "_score", "_answers"),
    }
)

_PAGE = """\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'">
<title>{title}</title>
<style>
html {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 16px; background: #fff; color: #1f2328; }}
body {{ font: 14px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1040px; margin: 0 auto; }}
h1 {{ font-size: 20px; margin: 0 0 12px; overflow-wrap: anywhere; }}
.alive h1 {{ position: absolute; clip-path: inset(50%); }} /* the panel has the title */
@media (prefers-color-scheme: dark) {{
  body {{ background: #0e0f12; color: #e6e8eb; }}
}}
</style>
</head>
<body>
<main class="linreg-page">
<h1><bdi>{title}</bdi></h1>
<div id="panel">
<p>{description} This page computes in your browser. As long as this is all that there is to see,
JavaScript is switched off or not allowed here, or the end of the file is missing.</p>
</div>
</main>
<script id="state" type="application/json">{state}</script>
<script type="module">
const el = document.getElementById("panel");
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const inflated = (text) => new Response(
  new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate")));
const modelOf = (traits) => ({{
  get: (name) => traits[name],
  set() {{}},
  save_changes() {{}},
  send() {{
    throw new Error("This page has no kernel.");
  }},
  on() {{}},
  off() {{}},
}});
const add = (name, text) => {{
  const element = document.createElement(name);
  element.textContent = text;
  document.head.append(element);
}};
const sumOf = (text) => {{
  let [low, high] = [1, 0];
  for (let at = 0; at < text.length; at += 1) {{
    low = (low + text.charCodeAt(at)) % 65521;
    high = (high + low) % 65521;
  }}
  return high * 65536 + low;
}};
const show = async () => {{
  const text = document.getElementById("state").textContent;
  if (sumOf(text) !== {sum}) throw new Error("its state was changed");
  const state = JSON.parse(text);
  const {{ traits }} = state;
  const model = modelOf(traits);
  for (const name of state.bytes) traits[name] = new DataView(bytesOf(traits[name]).buffer);
  for (const name of state.deflated)
    traits[name] = new DataView(await inflated(traits[name]).arrayBuffer());
  const front = await inflated(state.front).json();
  add("style", front.css);
  add("script", front.js);
  el.textContent = "";
  el.parentElement.classList.add("alive");
  linreg.initialize({{ model }});
  linreg.render({{ model, el }});
}};
const damaged = (error) => {{
  el.parentElement.classList.remove("alive");
  el.textContent = "This page is damaged and cannot be shown: get it anew from where it came "
    + `from, or write it again with widget.to_html(...). (${{error}})`;
}};
if ("DecompressionStream" in window) show().catch(damaged);
else el.textContent = "This page needs a browser of 2023 or newer.";
</script>
</body>
</html>
"""


def page_of(panel: TrainerPanel, at: int = 0) -> str:
    """Return the page.

    Parameters
    ----------
    panel : TrainerPanel
    at : int
        The number of updates done as it opens.

    Raises
    ------
    SettingsError
        If that many updates are not recorded.
    """
    at, recorded = whole_number("at", at, 0), len(panel.trainer.recording)
    if at > recorded:
        raise SettingsError(say("page.at", at=at, recorded=recorded))
    handed, known = None, panel.get_state(["_rows", "_source"])
    if not known["_rows"] and known["_source"]["article"]:
        handed = rows_of(panel.trainer, TIMES_IN_A_PAGE)
    if handed is None:
        panel.make_tape(moments=FOR_A_PAGE)
    state = panel.get_state()
    traits = {name: state[name] for name in sorted(shared_traits(type(panel)))}
    if handed is not None:
        traits |= {"_rows": handed[0], "_rows_data": handed[1]}
    traits = begun(traits, at) if traits["_rows"] else traits | _wound(panel, at)
    front = {"css": state["_css"], "js": wrapped(state["_esm"])}
    packed = {name for name, value in traits.items() if isinstance(value, bytes | memoryview)}
    deflated = {name for name in packed if len(traits[name]) > _LONG}
    for name in packed:
        data = zlib.compress(traits[name], 9) if name in deflated else traits[name]
        traits[name] = b64encode(data).decode()
    whole = {
        "bytes": sorted(packed - deflated),
        "deflated": sorted(deflated),
        "traits": _finite(traits),
        "front": b64encode(zlib.compress(json.dumps(front).encode(), 9)).decode(),
    }
    words = json.dumps(whole, separators=(",", ":")).replace("<", "\\u003c")
    return _PAGE.format(
        lang=traits["lang"],
        title=html.escape(traits["_title"]),
        description=html.escape(traits["_summary"] + "."),
        state=words,
        sum=zlib.adler32(words.encode()),
    )


def begun(traits: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return what the page's engine needs of a panel's traits to open at a given update.

    Of a run, the page then knows no more than these updates. At the start it has the settings that
    the panel shows; futures that were left are not there, but kept runs are.

    Parameters
    ----------
    traits : mapping
        By name, with ``_rows``; bytes as they are.
    at : int
    """
    history = traits["_history"]
    stretches = history.get("stretches", [])
    held = {name: traits[name] for name in STRETCH_SETTINGS}
    if stretches and at and at != traits["update"]:
        held = [one for one in stretches if one["update"] <= at][-1]["settings"]
    past = [one for one in stretches if one["update"] < at] or [{"update": 0, "settings": held}]
    by_hand = [one for one in history.get("by_hand", ()) if one["update"] <= at]
    lines, ends, losses = traits["_lines"], *unpack(traits["_lines_data"]).values()
    if not at:
        left = sum(line["points"] for line in lines if not line["colour"])  # they come first
        lines, ends, losses = [line for line in lines if line["colour"]], ends[left:], losses[left:]
    kept = {name: value for name, value in traits.items() if name not in _MADE_ANEW}
    inside = ""
    if at == traits["update"]:
        inside = traits["_phase"]  # of an update
        kept |= {"_notice": traits["_notice"]} if traits["_notice"] else {}
        kept |= {"_frame": {"phases": traits["_frame"]["phases"]}} if inside else {}
    place = {
        "update": at,
        "status": "paused" if at or inside else "ready",
        "_phase": inside,
        "_recorded": at,
        "_pull": False,
        "_history": history | {"stretches": past, "by_hand": by_hand},
        "_lines": lines,
        "_lines_data": pack({"ends": ends, "losses": losses}),
    }
    return kept | held | place


def _wound(panel: TrainerPanel, at: int) -> dict[str, Any]:
    """Return the traits that differ after this many updates, without going there."""
    twin = Replay(panel.trainer)
    with contextlib.suppress(LinregError):  # no way leads there in this run: it opens where it is
        twin.visit(at)
    moment = Readings(twin).now(at_rest=True)
    return {"status": twin.status, **moment, "_pull": False}


def shared_traits(of: type[TrainerPanel]) -> dict[str, Any]:
    """Return the synced traits that are the panel's own, by name."""
    of_others = {*anywidget.AnyWidget.class_traits(sync=True), "_esm", "_css"}
    traits: dict[str, Any] = of.class_traits(sync=True)
    return {name: trait for name, trait in traits.items() if name not in of_others}


def _finite(value: Any) -> Any:
    """Return a value for JSON, which knows no infinity: None stands in for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value
