"""Tables to learn from: pasted text, data frames, arrays and files, as float32 with names."""

from .columns import clean, name_row
from .draft import Draft, Role, drafted
from .precision import COUNTED
from .table import Table, crop_yields
