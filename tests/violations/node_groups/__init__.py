"""Ways to break the decisions on node groups."""
