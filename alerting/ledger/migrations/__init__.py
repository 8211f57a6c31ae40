"""The steps that made the tables what they are, one file a step. The ledger takes them when it starts."""
