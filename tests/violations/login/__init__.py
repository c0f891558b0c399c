"""Ways in that the decision on login forbids (D02)."""
