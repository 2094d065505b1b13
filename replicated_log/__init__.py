"""The replicated command log: one order of entries, agreed on by every replica of a shard."""
