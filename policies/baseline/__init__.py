"""Controls that no decision of the ADR asks for, kept apart so that the others stay honest."""
