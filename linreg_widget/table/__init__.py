"""Tables to learn from: pasted text, data frames, arrays and files, as float32 with names."""

from typing import TYPE_CHECKING

from .columns import DraftColumn, Role, clean, name_row
from .precision import COUNTED
from .table import Table, crop_yields, some_of

if TYPE_CHECKING:
    from .draft import Draft, drafted


def __getattr__(name: str) -> object:
    """Load what reads pasted text when it is asked for (PEP 562)."""
    if name not in ("Draft", "drafted"):
        raise AttributeError(name)
    from . import draft

    return getattr(draft, name)
