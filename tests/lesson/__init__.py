"""Tests of a lesson's questions."""
