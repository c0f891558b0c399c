"""Ways around the decisions on pod security."""
