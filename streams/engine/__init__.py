"""The pure engine: events in, findings out. No clock, no randomness, no I/O."""
