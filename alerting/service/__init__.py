"""The shell of alerting: its loops, and what they take from and give to. Composed by the commands; imports everything below it."""
