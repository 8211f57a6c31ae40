"""Who is this: links, merges, splits and those whom nobody knows yet.

Pure: a function of the events and the human decisions received, whatever their order. No clock (expiry takes `now`), no store:
the shells keep events by bucket (what an event said, never whom we took it for), ask `Registry` whose they are, and judge a
person's whole stored history again when told that it changed. Reading order: naming, statements, replay, links, devices,
contacts, buckets, desk, registry. What a shell reads: `registry`, `receipt`, `question`.
"""
