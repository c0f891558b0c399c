"""Real Kubernetes servers take what the fleet emits and answer as the decisions say."""
