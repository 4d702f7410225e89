"""Tests of the microscope."""
