"""Ways to see nothing, or to hear of it too late (D22)."""
