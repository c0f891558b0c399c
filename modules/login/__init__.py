"""Login: GitHub users reach the clusters through Auth0 (ADR: Auth; decision D02)."""
