"""The web side of alerting: signing in, routes, commands, the live stream. Shell: it reads the clock, and asks the core and the ledger."""
