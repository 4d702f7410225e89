"""(d) From a click on Step to the new numbers in the page, against a bare round trip."""

from __future__ import annotations

from tests.benchmarks.browser import PATHS, notebook
from tests.benchmarks.common import Cost, Plan, at_most, in_turn, median, quartiles, report, say

TITLE = "Step, from the click to new numbers in the page, against a bare anywidget's round trip"

_BARE = """
import anywidget, traitlets

class Bare(anywidget.AnyWidget):
    _esm = '''
    function render({ model, el }) {
      const button = document.createElement("button")
      const text = document.createElement("output")
      text.id = "bare-text"
      button.id = "bare-button"
      button.textContent = "Count"
      const show = () => { text.textContent = String(model.get("value")) }
      button.onclick = () => { model.send({ kind: "step" }) }
      model.on("change:value", show)
      show()
      el.append(button, text)
    }
    export default { render }
    '''
    value = traitlets.Int(0).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.on_msg(self._on_message)

    def _on_message(self, _widget, _content, _buffers):
        self.value += 1

bare = Bare()
bare
"""
_OURS = f"""
{PATHS}
from linreg_widget import TrainerWidget
widget = TrainerWidget(learning_rate=1e-5, epochs=1_000)
widget
"""
# One click; returns the milliseconds until the text had changed, and until the frame after that.
# Of the panel two texts are awaited: where the run stands, and the three losses.
_CLICK = """async ([button, texts]) => {
  const before = texts.map((text) => text.textContent);
  const start = performance.now();
  const changed = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no new numbers came within a minute")), 60_000);
    const observer = new MutationObserver(() => {
      if (texts.every((text, i) => text.textContent !== before[i])) {
        observer.disconnect();
        resolve(performance.now() - start);
      }
    });
    for (const text of texts) {
      observer.observe(text, { subtree: true, childList: true, characterData: true });
    }
  });
  button.click();
  const seen = await changed;
  await new Promise(requestAnimationFrame);
  return [seen, performance.now() - start];
}"""
_PAUSE = 400  # milliseconds between two clicks; after less, TCP may hold small messages back for 40


def measure(plan: Plan) -> None:
    """Measure and print."""
    with notebook([_BARE, _OURS]) as page:
        page.run_all()
        page.panel.wait_for()
        page.until(lambda: page.ink() > 0, "the plot stayed blank")
        losses = page.panel.locator(".lr-losses")
        sides = {
            "bare": (page.page.locator("#bare-button"), [page.page.locator("#bare-text")]),
            "ours": (
                page.panel.get_by_role("button", name="Step", exact=True),
                [page.panel.get_by_role("status"), losses],
            ),
        }
        elements = {
            side: [button.element_handle(), [text.element_handle() for text in texts]]
            for side, (button, texts) in sides.items()
        }
        painted: dict[str, list[float]] = {"bare": [], "ours": []}

        def click(side: str) -> Cost:
            page.page.wait_for_timeout(_PAUSE)
            seen, frame = page.page.evaluate(_CLICK, elements[side])
            painted[side].append(frame)
            return Cost(seen / 1000, seen / 1000)

        turns = in_turn(lambda: click("ours"), lambda: click("bare"), plan.rounds(40, 12))
        stepped, counted = page.kernel("widget.update"), page.kernel("bare.value")
    frames = {side: quartiles(times)[1] for side, times in painted.items()}
    say(
        f"Step {median(turns.one) * 1000:.1f} ms, bare round trip {median(turns.other) * 1000:.1f} "
        f"ms until the text is there; {frames['ours']:.1f} and {frames['bare']:.1f} ms until "
        f"the animation frame after that. The kernel saw {stepped} steps and {counted} clicks. "
        "The bare widget: click, message, the kernel counts a trait up, the page shows it."
    )
    report("Times as long", turns.slower, at_most(1.3))
    quickest = [min(cost.wall * 1000 for cost in side) for side in (turns.one, turns.other)]
    say(f"The quickest round: {quickest[0]:.1f} ms against {quickest[1]:.1f} ms.")
