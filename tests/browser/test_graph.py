"""The tab Graph, with a real panel behind the page: the walk, and the three lights together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from linreg_widget import Trainer, crop_yields
from linreg_widget.panel.page import page_of
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.wording import said as written
from tests.browser.axe import violations
from tests.browser.bridge import Bridge
from tests.browser.parts import show
from tests.microscope.graphs import squares
from tests.microscope.test_flaws import detached

Open = Callable[..., Bridge]


@pytest.fixture
def bridge(bridge: Open) -> Open:
    def make(
        *, phases: int = 0, update: Any = None, trainer: Trainer | None = None, **options: Any
    ) -> Bridge:
        how = {} if update is None else {"update": update}
        trainer = trainer or Trainer(crop_yields(), learning_rate=1e-5, **how)
        one = bridge(trainer, "graph", **options)
        one.panel.step_by = "phase"
        if phases:
            one.panel.step("phase", phases)
        one.show()
        return one

    return make


def node(page: Page, label: str) -> Locator:
    return page.locator(".lr-node").filter(has=page.locator(f"tspan:text-is('{label}')")).first


def lit(page: Page) -> list[str]:
    """What is lit: nodes by their titles, pieces of code, tensors."""
    found: list[str] = page.evaluate(
        """() => [
          ...[...document.querySelectorAll('.lr-node.lr-lit title')].map((t) => t.textContent),
          ...[...document.querySelectorAll('.lr-spot.lr-lit')].map((spot) => {
            const line = spot.parentElement.querySelector('.lr-text').textContent;
            const get = (name) => Number(spot.style.getPropertyValue(name));
            return `code: ${line.slice(get('--at'), get('--at') + get('--long'))}`;
          }),
          ...[...document.querySelectorAll('.lr-named figcaption b')].map(
            (name) => `tensor: ${name.textContent}`),
        ]"""
    )
    return found


def said(page: Page) -> str:
    return page.locator(".lr-walk .lr-sentence").inner_text()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


# ---- the walk ------------------------------------------------------------------------------------


def test_the_graph_grows_with_each_phase(bridge: Open) -> None:
    page = bridge().page
    expect(page.locator(".lr-flow")).to_contain_text("Torch has not recorded anything yet")
    for count in (7, 12, 15, 20, 23):
        press(page, "Step")
        expect(page.locator(".lr-node")).to_have_count(count)
    press(page, "Back")
    expect(page.locator(".lr-node")).to_have_count(20)


def test_buttons_walk_through_the_phase_just_made(bridge: Open) -> None:
    page = bridge(phases=1).page
    press(page, "Next operation")
    assert "t() gives self.w.t() = " in said(page)
    expect(page.locator(".lr-walk")).to_contain_text("1 of 3")
    expect(node(page, "@")).to_have_class("lr-node lr-is-operation lr-is-graph lr-waits")
    press(page, "Next operation")
    press(page, "Next operation")
    assert said(page).startswith("+ gives predictions = [−73.95, −162")
    expect(page.locator(".lr-waits")).to_have_count(0)
    press(page, "Next operation")  # beyond the end: all is there again
    assert lit(page) == []
    press(page, "Previous operation")
    assert "predictions" in said(page)


def test_arrow_keys_walk_back_from_the_loss_by_the_chain_rule(bridge: Open) -> None:
    bridge_ = bridge(phases=3)
    page = bridge_.page
    page.get_by_role("group", name="Graph of 8 operations").focus()
    told = []
    for _ in range(10):
        page.keyboard.press("ArrowRight")
        told.append(said(page))
    assert told[1].startswith("Now backward, by the chain rule")
    assert sum("chain rule" in one for one in told) == 1
    assert "For difference[0, 1]: 0.1667 · (−281) = −46.83." in told[3]
    assert "Several gradients meet here and are added: for difference[0, 1]" in told[4]
    assert "−93.65 · 69 − 25.52 · 102 − 25.2 · 103 = −11,661." in told[7]
    assert told[9].endswith("the gradient is added to w.grad.")
    assert bridge_.panel._phase == "backward"  # the keys have not stepped
    page.keyboard.press("Home")
    expect(page.locator(".lr-walk")).to_contain_text("1 of 10")
    expect(page.locator(".lr-back")).to_have_count(0)
    page.keyboard.press("End")
    expect(page.locator(".lr-back")).to_have_count(9)
    spoken = page.get_by_role("list", name="The walk in sentences").get_by_role("listitem")
    assert [one.replace(told[1][: told[1].index("How")], "") for one in told] == [
        text.replace("\n", " ") for text in spoken.all_inner_texts()
    ]


def test_gradients_are_the_trainers_own(bridge: Open) -> None:
    bridge_ = bridge(phases=3)
    graph = bridge_.panel.trainer.graph()
    page = bridge_.page
    node(page, "w").click()
    numbers = page.locator(".lr-held table").nth(1).locator("td").all_inner_texts()
    gradient = graph.node("w").gradient
    assert gradient is not None
    assert [float(one.replace("−", "-").replace(",", "")) for one in numbers] == pytest.approx(
        gradient.numbers.ravel().tolist(), rel=1e-3
    )


def test_small_tensors_stand_at_their_edges_with_their_gradients(bridge: Open) -> None:
    bridge_ = bridge(phases=3)
    graph = bridge_.panel.trainer.graph()

    def read(label: str, kind: str) -> list[float]:
        texts = node(bridge_.page, label).locator(f".{kind} tspan").all_text_contents()
        return [float(one.strip("∂ ").replace("−", "-").replace(",", "")) for one in texts]

    for label, title in {"w": "w", "b": "b", "@": "x @ self.w.t()", "+": "predictions"}.items():
        of = graph.node(title)
        assert of.value is not None
        assert of.gradient is not None
        assert read(label, "lr-cells") == pytest.approx(of.value.numbers.ravel(), rel=1e-3)
        assert read(label, "lr-back") == pytest.approx(of.gradient.numbers.ravel(), rel=1e-3)


def test_a_large_tensor_has_its_shape_and_its_norm_and_a_click_opens_its_table(
    bridge: Open,
) -> None:
    rows = np.random.default_rng(0).normal(size=(80, 3))
    trainer = Trainer((rows, rows[:, :1]), batch_size=80, learning_rate=1e-3)
    page = bridge(phases=1, trainer=trainer).page
    norm = written(float(np.linalg.norm(np.float32(rows))))
    expect(node(page, "x").locator(".lr-cells tspan")).to_have_text(["80 × 3", f"norm {norm}"])
    node(page, "x").click()
    expect(page.locator(".lr-held table").first.locator("td")).to_have_count(64 * 3)


def test_no_node_lies_on_another_though_gradients_are_left_from_before(bridge: Open) -> None:
    page = bridge(phases=8).page  # within the second update: w.grad is there from the first
    expect(page.locator(".lr-node")).to_have_count(17)
    overlaps = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll('.lr-node')].map((node) =>
            [...node.querySelectorAll('rect')].at(-1).getBoundingClientRect());
          const edge = document.querySelector('.lr-graph svg').getBoundingClientRect().left;
          return all.filter((one, at) => one.left < edge || all.some((other, k) => k > at
            && one.left < other.right && other.left < one.right
            && one.top < other.bottom && other.top < one.bottom)).length;
        }"""
    )
    assert overlaps == 0


# ---- three lights --------------------------------------------------------------------------------


def test_pointing_at_a_node_lights_the_code_and_the_tensor(bridge: Open) -> None:
    page = bridge(phases=3).page
    node(page, "/").hover()
    assert lit(page) == ["loss", "code: mse_loss(predictions, y)"]
    expect(page.locator(".lr-there mark")).to_have_text(
        "torch.sum(difference * difference) / difference.numel()"
    )
    show(page, "Inside the update")
    assert lit(page) == ["code: mse_loss(predictions, y)", "tensor: loss"]


def test_pointing_at_the_code_lights_the_node_and_the_tensor(bridge: Open) -> None:
    page = bridge(phases=4).page
    for code, title in [
        ("model.w.grad * learning_rate", "model.w.grad * learning_rate"),
        ("model(x)", "predictions"),
    ]:
        spots = page.locator(".lr-spot")
        index = page.evaluate(
            """(code) => [...document.querySelectorAll('.lr-spot')].findIndex((spot) => {
              const line = spot.parentElement.querySelector('.lr-text').textContent;
              const get = (name) => Number(spot.style.getPropertyValue(name));
              return line.slice(get('--at'), get('--at') + get('--long')) === code;
            })""",
            code,
        )
        spots.nth(index).hover()
        assert lit(page) == [title, f"code: {code}"]
    show(page, "Inside the update")
    assert lit(page) == ["code: model(x)", "tensor: predictions"]


def test_pointing_at_a_tensor_lights_the_code_and_the_node(bridge: Open) -> None:
    page = bridge(phases=3).page
    show(page, "Inside the update")
    page.locator("figure:has(figcaption b:text-is('predictions')) td[data-at='0,0']").hover()
    assert lit(page) == ["code: model(x)", "tensor: predictions"]
    page.locator("figure:has(figcaption b:text-is('loss')) td[data-at='0,0']").hover()
    assert lit(page) == ["code: mse_loss(predictions, y)", "tensor: loss"]


# ---- other pages ---------------------------------------------------------------------------------


def test_a_mistake_is_said_at_once_and_at_its_node(bridge: Open) -> None:
    page = bridge(phases=1, update=detached).page
    assert "predictions.detach(): the flow ends here." in said(page)
    expect(page.locator(".lr-wrong")).to_have_count(2)
    node(page, "detach()").hover()
    assert "the flow ends here" in said(page)


def test_a_page_that_plays_ones_own_update_has_its_graphs(
    browser_context: BrowserContext, tmp_path: Path
) -> None:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-6, update=squares))
    panel.tab, panel.step_by = "graph", "phase"
    panel.run(1)
    file = tmp_path / "page.html"
    file.write_text(page_of(panel, panel.update), encoding="utf-8")
    page = browser_context.new_page()
    page.goto(file.as_uri())
    expect(page.locator(".lr-node").first).to_be_visible()
    titles = [one.title for one in panel.trainer.graph().nodes]
    shown = page.locator(".lr-node title").evaluate_all("(all) => all.map((t) => t.textContent)")
    assert len(shown) == len(titles)
    press(page, "Back")
    expect(page.locator(".lr-node")).not_to_have_count(len(titles))
    page.get_by_role("group", name="Graph of").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".lr-node.lr-lit")).to_have_count(1)
    panel.close()
    page.close()


@pytest.mark.parametrize(("width", "theme"), [(1076, "light"), (430, "dark")])
def test_the_graph_is_accessible_and_fits(bridge: Open, width: int, theme: str) -> None:
    page = bridge(phases=4, width=width, theme=theme).page
    press(page, "Next operation")
    assert violations(page) == []
    room = page.locator(".lr-panel")
    assert room.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    if width > 1000:
        assert room.evaluate("(one) => one.scrollHeight <= one.clientHeight")
        # As wide as it is: backward() stands below its loss.
        box = page.locator(".lr-graph")
        assert box.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        turn, loss = (
            node(page, label).locator("rect").nth(1).bounding_box() for label in ("backward()", "/")
        )
        assert turn is not None
        assert loss is not None
        assert turn["x"] == pytest.approx(loss["x"], abs=1)
        assert turn["y"] > loss["y"] + 40
    texts = page.evaluate(
        """() => [...document.querySelectorAll('.lr-node')].filter((node) => {
          const box = node.querySelector('rect').getBoundingClientRect();
          return [...node.querySelectorAll('text')].some(
            (text) => text.getBoundingClientRect().right > box.right + 1);
        }).map((node) => node.textContent)"""
    )
    assert texts == []


def test_each_step_of_the_walk_is_seen(bridge: Open) -> None:
    page = bridge(phases=3, width=430).page
    page.get_by_role("group", name="Graph of").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
        assert page.evaluate(
            """() => {
              const box = document.querySelector('.lr-graph').getBoundingClientRect();
              const { left, right, top, bottom } =
                document.querySelector('.lr-node.lr-lit').getBoundingClientRect();
              return left >= box.left - 1 && right <= box.right + 1
                && top >= box.top - 1 && bottom <= box.bottom + 1;
            }"""
        )
