"""The stacks, split by what must exist before what."""
