"""Violations of the baseline, one module for each of its controls' modules."""
