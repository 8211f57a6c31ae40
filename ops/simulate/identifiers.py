"""Invented names, numbers and identifiers, in the forms and with the check letters that real ones have.

Telephone numbers are Ofcom's ranges for drama, so none can ring. Everything is made from a person's number in the population,
which makes it unique and the same on every run.
"""

from __future__ import annotations

from random import Random

_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_NOMS_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DRAMA_BLOCKS = (  # a thousand numbers each
    "+447700900",
    "+441632960",
    "+441134960",
    "+441144960",
    "+441154960",
    "+441164960",
    "+441174960",
    "+441184960",
    "+441214960",
    "+441314960",
    "+441414960",
    "+441514960",
    "+441614960",
    "+442079460",
    "+442920180",
)
_FIRST = (
    "Adam Aled Ben Callum Conor Daniel Dean Ewan Gareth Glen Ian Imran Jake Joel Karl Kofi Lee Liam Marek Mason Nathan Neil Omar Owen "
    "Paul Piotr Rhys Ross Ryan Sam Scott Sean Shane Stuart Tariq Tom Vikram Wayne"
).split()
_HER_FIRST = (
    "Aisha Amy Beth Carys Chloe Dawn Donna Ellie Erin Farah Gemma Grace Hana Holly Isla Jade Kate Kelly Leah Lena Lucy Maya Megan Nia "
    "Olga Paige Priya Rosa Ruth Sian Tara Zoe"
).split()
_LAST = (
    "Ashdown Barrowby Birchall Carlow Cotterby Dunmoor Eastlake Farrowby Fenwright Garside Halewood Harthill Ingleby Kestrel Langmere "
    "Lowick Marden Netherby Oakhurst Pellow Quarrie Ravensby Redfearn Sandholm Selwick Tarnside Thornley Underhay Varley Westerby "
    "Wharram Yarrowby"
).split()


def his_name(rng: Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def her_name(rng: Random) -> str:
    return f"{rng.choice(_HER_FIRST)} {rng.choice(_LAST)}"


def phone(index: int) -> str:
    """A telephone number that is no one's. Far beyond the drama ranges' fifteen thousand, they come again."""
    block, last = divmod(index, 1_000)
    return f"{_DRAMA_BLOCKS[block % len(_DRAMA_BLOCKS)]}{last:03}"


def noms(number: int) -> str:
    """A prison number: letter, four digits, two letters."""
    rest, digits = divmod(number, 10_000)
    rest, last = divmod(rest, len(_NOMS_LETTERS))
    first, middle = divmod(rest, len(_NOMS_LETTERS))
    return f"{_NOMS_LETTERS[first % len(_NOMS_LETTERS)]}{digits:04}{_NOMS_LETTERS[middle]}{_NOMS_LETTERS[last]}"


def crn(number: int) -> str:
    """A probation case reference: letter and six digits."""
    letter, digits = divmod(number, 1_000_000)
    return f"{chr(ord('X') - letter % 24)}{digits:06}"


def pnc(year: int, serial: int) -> str:
    """A Police National Computer id with its right check letter."""
    letter = _PNC_LETTERS[int(f"{year % 100:02}{serial:07}") % 23]
    return f"{year}/{serial:07}{letter}"


def wearer(number: int) -> str:
    """The monitoring supplier's number of a device wearer."""
    return f"DEVWR{number:08}"
