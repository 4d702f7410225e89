"""Counts the calls that let foreign widgets be shown, instead of letting them."""

from . import _widgets as _widgets

calls: list[str] = []
"""Names of the functions that were called, in order."""


def enable_custom_widget_manager() -> None:
    """Note the call. In Colab it holds for widgets displayed from then on."""
    calls.append("enable_custom_widget_manager")
    _widgets._installed_url = "https://colab.invalid/manager.js"


def disable_custom_widget_manager() -> None:
    """Note the call."""
    calls.append("disable_custom_widget_manager")
    _widgets._installed_url = None
