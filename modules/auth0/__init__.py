"""Bindings of the Auth0 provider, for which no CDKTF package exists: only what this fleet emits."""
