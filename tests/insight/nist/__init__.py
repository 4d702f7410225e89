"""NIST's certified linear regressions, read from its own files."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAMES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.dat")))


@dataclass(frozen=True)
class Certified:
    """One of the regressions."""

    inputs: NDArray[np.float64]
    """Shape (n, d): the predictors, or the powers of the only one."""
    targets: NDArray[np.float64]
    """Shape (n, 1)."""
    bias: bool
    """Whether the model has one."""
    parameters: NDArray[np.float64]
    """The certified estimates: the bias first, where there is one."""
    residual_squares: float
    """The certified sum of the squared residuals."""

    @classmethod
    def read(cls, name: str) -> Certified:
        """Read a file; the lines of its parts stand in its own head."""
        lines = (Path(__file__).parent / f"{name}.dat").read_text(encoding="latin-1").splitlines()
        head = "\n".join(lines[:30])
        first, last = map(int, re.findall(r"Data\s*\(lines\s+(\d+)\s+to\s+(\d+)\)", head)[0])
        numbers = np.array([line.split() for line in lines[first - 1 : last]], dtype=np.float64)
        estimates = re.findall(r"^\s+B(\d+)\s+(\S+)\s+\S+\s*$", "\n".join(lines[:60]), re.MULTILINE)
        orders = [int(order) for order, _ in estimates]
        bias, x = orders[0] == 0, numbers[:, 1:]
        if x.shape[1] == 1:
            x = x ** np.arange(1, max(orders) + 1)
        residual = next(line for line in lines[30:60] if line.startswith("Residual "))
        return cls(
            x,
            numbers[:, :1],
            bias,
            np.array([float(estimate) for _, estimate in estimates]),
            float(residual.split()[2]),
        )


def digits(measured: float, certified: float) -> float:
    """The correct significant digits, NIST's "log relative error"; 15 where all agree."""
    error = abs(measured - certified) / abs(certified) if certified else abs(measured)
    return 15.0 if error == 0 else min(15.0, -math.log10(error))
