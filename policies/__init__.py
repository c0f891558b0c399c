"""The policy suite: every decision of the ADR, proven on the output."""
