"""Nothing but rules: each `<slug>.py` decides, each `<slug>.toml` tells its evenings."""
