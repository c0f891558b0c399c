"""D17, D18: what pods may take of their node."""
