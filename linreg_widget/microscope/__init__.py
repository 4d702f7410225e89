"""One update from the inside: driven phase by phase, seen, shown in words."""

from typing import TYPE_CHECKING

from .codeview import CodeView, Source
from .driving import (
    UpdateFunction,
    as_float32,
    as_loss,
    check_can_be_pickled,
    check_fit,
    checked_update_function,
    drain,
    explained,
    given_by_hand,
    learning,
    name_of,
    plain_function,
)
from .fingerprint import Fingerprint
from .fit import Fit, FitArrays, FitInputs, FitNames, scored, spread_of
from .frame import Frame, Names, WireFrame, names_of
from .narration import completed, named_rows
from .source import complete_source, source_of
from .specimen import Specimen
from .straight import straight

if TYPE_CHECKING:
    from .graph import Graph
    from .graphwire import encode_graph


def __getattr__(name: str) -> object:
    """Load the graph, which is seldom looked at, when it is asked for (PEP 562)."""
    if name not in ("Graph", "encode_graph"):
        raise AttributeError(name)
    from . import graph, graphwire

    return getattr(graph if name == "Graph" else graphwire, name)
