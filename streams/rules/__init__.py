"""The rules, one file each, and nothing else."""
