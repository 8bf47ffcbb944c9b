"""What is remembered: the journal, the cache, trust."""
