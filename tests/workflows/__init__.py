"""Attacks on the pipelines in `.github/workflows`."""
