"""The table that the page copies as CSV is read as the same table, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from linreg_widget import Table, Trainer, crop_yields
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from tests.node import Service

SCRIPT = """
import { tableAsCsv } from "./tabs/line/points";
return tableAsCsv(...args);
"""
HOSTILE = [
    '<script>alert("x")</script>',
    'a "quoted", name; with | all',
    "עברית, (מ״מ)",
    "2019",
    "-3.5e-2",
    "true",
    "#",
    "f(x)",
    "Rainfall (mm)",
    "🥭",
    "1e5",
    "∞",
    "12%",
    "N/A",
    "--",
]


@pytest.fixture(scope="module")
def page() -> Iterator[Service]:
    with Service(SCRIPT) as service:
        yield service


def tables() -> dict[str, Table]:
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.normal(scale=30, size=(40, 3))) * rng.choice([-1, 1], (40, 3))
    x = rng.normal(size=(len(HOSTILE), len(HOSTILE) - 1)).astype(np.float32)
    return {
        "crops": crop_yields(),
        "all sizes": Table.of((sizes.astype(np.float32)[:, :2], sizes.astype(np.float32)[:, 2:])),
        "thousands": Table.parse("a,b\n1.234,2\n2.5,1000000\n-7,16777216"),
        "hostile": Table(
            inputs=x[:, 1:],
            targets=x[:, :1],
            feature_names=tuple(HOSTILE[1:-1]),
            target_names=(HOSTILE[0],),
            row_names=tuple(HOSTILE),
        ),
        "one row": Table.parse("a,b\n1,2"),
    }


@pytest.mark.parametrize("name", [*tables()])
def test_the_copied_table_is_the_same(page: Service, name: str) -> None:
    table = tables()[name]
    panel = TrainerPanel(Trainer(table, learning_rate=1e-9))
    fit = panel._fit
    columns = [
        *unpack(panel._fit_inputs)["columns"].tolist(),
        *unpack(panel._fit_data)["targets"].T.tolist(),
    ]
    text = page.ask(fit["labels"], columns, fit["rows"] if fit["named"] else None)
    assert Table.parse(text, targets=table.outputs) == table
    panel.close()
