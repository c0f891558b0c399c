"""Typed settings of the fleet: what `clusters/*.yaml` may say and what it means."""
