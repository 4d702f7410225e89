"""The loss plot's colours, for light and for dark pages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["THEMES", "Theme"]


@dataclass(frozen=True)
class Theme:
    """Colours as "#rrggbb".

    Blue, orange and green of different lightness, which people who confuse red and green still tell
    apart; every curve differs in width, dashes or markers as well. Texts have a contrast of at
    least 4.5 to the card.
    """

    card: str
    """Behind everything."""
    ink: str
    """The present, and the numbers of updates."""
    dim: str
    """Other texts."""
    grid: str
    batch: str
    """Batch losses, drawn faint."""
    epoch: str
    """Epoch means."""
    full: str
    """Full-data losses."""
    floor: str
    """The least-squares floor."""
    branch: str
    bad: str
    """A loss that is not finite."""


THEMES = {
    "light": Theme(
        card="#ffffff",
        ink="#1c1d21",
        dim="#62656e",
        grid="#e6e8ec",
        batch="#3f87d9",
        epoch="#1d57b8",
        full="#c2500a",
        floor="#23785a",
        branch="#766590",
        bad="#b3261e",
    ),
    "dark": Theme(
        card="#16181c",
        ink="#e7e8ec",
        dim="#a3a7b2",
        grid="#2d3037",
        batch="#5c9bf0",
        epoch="#9cc2ff",
        full="#f0a94a",
        floor="#4cc38a",
        branch="#b3a3cf",
        bad="#ff8a75",
    ),
}
