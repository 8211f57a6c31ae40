"""What is said on the terminal, and to no log."""

from __future__ import annotations

import click


def say(link: str) -> None:
    """A link to sign in with: it lets in whoever has it."""
    click.echo(f"Sign in, once and within 10 minutes, at {link}")
