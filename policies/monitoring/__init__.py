"""D22: monitoring on its own nodes, with the alert that manual scaling rests on."""
