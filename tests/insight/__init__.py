"""Tests of what the data say."""
