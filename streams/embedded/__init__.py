"""The SQLite shell: one process, one file, nothing to install."""
