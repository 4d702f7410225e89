"""Tests of the page's own engine (js/src/engine), run in node against the trainer."""
