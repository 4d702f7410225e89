"""The page of js/test: the real front end, with a kernel of script in the page itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

import hatch_build
from tests.browser.parts import button, panel, show

JS = Path(__file__).parents[2] / "js"
# As TrainerWidget has it: the plot is a widget beside the panel, in one box.
BOXED = """<main class="linreg-box">
  <div class="view"></div>
  <div class="linreg-plot"><canvas width="1000" height="222"></canvas></div>
</main>"""

BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll([
    '.linreg :is(button, input):not(.lr-bar *, .lr-rescue *, .lr-forget, .lr-edit, .lr-ask *)',
    '.linreg select, figure, .lr-code, .lr-why, .lr-onefit, .lr-slot, .lr-panel, .lr-card',
    '.lr-compare .lr-rows, .lr-hole, .lr-plot',
  ].join())].map(
    (element, index) => {
      const { x, y, height } = element.getBoundingClientRect();
      const name = element.querySelector(':scope > figcaption b')?.textContent ?? element.tagName;
      return [`${index} ${name}`, [x + scrollX, y + scrollY, height].map(Math.round).join()];
    }))"""
SAID = """() => {
  window.said = [];
  const status = document.querySelector('[role=status]');
  new MutationObserver(() => said.push(status.textContent)).observe(
    status, { subtree: true, childList: true, characterData: true });
}"""


def bundle(out: Path) -> Path:
    """Bundle the page of js/test into a folder, for a browser that opens it from disk."""
    npm = hatch_build.find_npm()
    assert npm is not None, hatch_build.NO_NODE
    command = [
        str(JS / "node_modules" / ".bin" / "esbuild"),
        *("test/page.ts", "src/panel.css", "--bundle", "--format=iife", f"--outdir={out}"),
        *("--tsconfig=tsconfig.bundle.json", "--inject:src/jsx.ts"),
        *("--entry-names=[name]", "--log-level=error"),
    ]
    environment = {**os.environ, "PATH": npm.path}
    subprocess.run(command, cwd=JS, env=environment, check=True)
    html = (JS / "test" / "page.html").read_text(encoding="utf-8")
    html = html.replace('<script type="module" src="page.js">', '<script src="page.js">')
    (out / "one.html").write_text(html, encoding="utf-8")
    view = '<main class="view"></main>'
    assert view in html
    (out / "two.html").write_text(html.replace(view, 2 * view), encoding="utf-8")
    (out / "boxed.html").write_text(html.replace(view, BOXED), encoding="utf-8")
    return out


def trait(page: Page, name: str) -> Any:
    return page.evaluate("(name) => kernel.get(name)", name)


def until(page: Page, condition: str) -> None:
    page.wait_for_function(condition)


def without_end(page: Page) -> None:
    """Give the run so many epochs that it ends only if somebody ends it."""
    page.evaluate("kernel.set('epochs', 1e6), kernel.save_changes()")


def step(page: Page, times: int = 1, by: str = "phase") -> None:
    """Press Step; wait for each answer and for the tables that follow it."""
    page.evaluate("(by) => kernel.change({ step_by: by })", by)
    for _ in range(times):
        button(page, "Step").click()
        sentence = page.evaluate(
            """() => new Promise((resolve) => {
              const look = () => {
                const sentence = kernel.get('_frame').sentence;
                const shown = document.querySelector('.lr-sentence')?.textContent ?? sentence;
                const done = kernel.received.length === kernel.answered;
                if (done && sentence === shown) resolve(sentence);
                else requestAnimationFrame(look);
              };
              look();
            })"""
        )
        expect(panel(page).get_by_role("status")).to_contain_text(sentence)


def inside(page: Page) -> Locator:
    return show(page, "Inside the update")


def diverge(page: Page) -> None:
    page.evaluate("kernel.change({ learning_rate: 1e-3 })")
    button(page, "Run").click()
    until(page, "kernel.get('status') === 'diverged'")


def knob(page: Page, name: str) -> Locator:
    return page.locator(f".lr-knob-{name}")


def cell(page: Page, tensor: str, at: str) -> Locator:
    return page.locator(f"figure:has(figcaption b:text-is('{tensor}')) td[data-at='{at}']")


def commands(page: Page) -> list[dict[str, Any]]:
    """What the kernel was asked for by somebody, not by the page of its own accord."""
    messages: list[dict[str, Any]] = page.evaluate("kernel.received")
    return [one for one in messages if one["kind"] not in ("hello", "tape", "look")]
