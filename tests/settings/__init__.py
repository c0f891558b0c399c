"""Tests of the settings: what is refused, with which words, and that all else loads."""
