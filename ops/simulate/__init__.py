"""The simulator: invented people, feeds and breaches, as event files that a replay can play and a truth to check it by.

    world.simulate(people, days, seed, starts_at)   the lines of a run, in order of arrival
    world.plan(people, days, seed, starts_at)       the run itself: its lines, and its truths
    write.write(people, days, seed, out, progress)  the run on disk, as `vigil simulate` leaves it
    check.check(alerts, truths)                     how the alerts of a replay compare with the truth

It knows contract.md and rules.md and nothing of the engine: a mistake in one must not hide in the other.
"""
