"""What may happen to an alert and what follows: one table of rows, the effects that they name, and the clocks that run meanwhile.

Pure: `now` is an argument. `door` is the way in; nothing else of it decides for others. Its page is `alerting/README.md`.
"""
