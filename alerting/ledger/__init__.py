"""The ledger: the one store of alerts and of what people do about them, on SQLite or PostgreSQL."""
