"""Decode what comes from outside, or set it aside with a reason."""
