"""An invented population and its feeds, with planted breaches: what `vigil simulate` and the demo play."""
