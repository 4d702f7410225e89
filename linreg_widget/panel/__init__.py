"""The controls in the page: traits, acts, readings and the tape; the only wing with anywidget."""

from .closing.lifetime import look_after, watch
from .elsewhere import Notice
from .outputs import display_view, view_of
from .page import page_of
from .panel import TrainerPanel
from .spelling import Spelt, check_given, hint
