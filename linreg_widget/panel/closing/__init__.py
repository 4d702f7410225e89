"""Closing the widgets that the page shows no more and nothing else holds."""
