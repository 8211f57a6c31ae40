"""Invented evenings as event files, and a reader of what `vigil replay` makes of them. The README shows them; a law runs it."""
