"""Makes synthesis fast: what it leans on is checked, and where that does not fit, the stock way is taken.

`prepare` is the way in; docs/fast-synth.md says what each part gains and risks. `FAST_SYNTH=0` turns it all off.
"""
