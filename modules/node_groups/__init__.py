"""The node groups of a cluster and the decisions that shape them, each in its module."""
