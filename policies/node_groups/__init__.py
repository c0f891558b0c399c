"""Controls on node groups, one module for each decision, as in `modules/node_groups/`."""
