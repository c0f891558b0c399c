"""Makes the bindings load fast: what it leans on is checked, and where it does not fit the stock way is taken."""
