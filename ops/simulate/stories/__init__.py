"""Planted breaches: each story is constructed so that the rules of rules.md must find it, with nothing near a limit.

A story is a function of a `Stage` that fills the stage's script (facts, walks, silences, truths) or finds no room in the run. Ordinary
life around it fires nothing; what a story brings with it (a flat battery is forecast before it is flat) is in the truth too, marked
`implied`. One file a group of rules; `cast.py` lists them all.
"""
