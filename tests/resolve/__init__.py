"""The decision on one field: stories, an exhaustive table against an oracle, and planted faults."""
