"""Ways to break each decision; `docs/controls.md` says how one is written."""
