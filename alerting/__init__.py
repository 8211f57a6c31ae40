"""Who must know, and whether they acted."""
