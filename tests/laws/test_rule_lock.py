"""No rule changes unseen: its version, the lock and the page of the rules go together."""

from __future__ import annotations

import pytest

from streams.publish import RULES, ChangedUnderItsVersion, Lock, fingerprint, locked, locks, main, published, rules, unsaid


def test_no_rule_has_changed_without_a_new_version() -> None:
    wrong = unsaid(locked(), locks(rules()))

    remedy = """Give each a new version and a line in CHANGELOG.md, then `python -m streams.publish`; if no release has carried
the version yet, `python -m streams.publish --unreleased`."""

    assert [] == wrong, "\n".join([remedy, *wrong])


def test_the_page_and_the_lock_are_what_the_rules_say() -> None:
    stale = [name for name, text in published(locked(), unreleased=True).items() if (RULES / name).read_text(encoding="utf-8") != text]

    assert [] == stale, "run `python -m streams.publish` and commit what it writes"


LOCKED: Lock = {"strap-tamper": {"version": 2, "sha256": "a"}, "not-fitted": {"version": 1, "sha256": "b"}}


@pytest.mark.parametrize(
    ("now", "offenders"),
    [
        (LOCKED, []),
        ({**LOCKED, "curfew-absence": {"version": 1, "sha256": "c"}}, []),
        ({**LOCKED, "strap-tamper": {"version": 3, "sha256": "z"}}, []),
        ({**LOCKED, "strap-tamper": {"version": 2, "sha256": "z"}}, ["strap-tamper: judges differently"]),
        ({**LOCKED, "strap-tamper": {"version": 1, "sha256": "a"}}, ["strap-tamper: version 1, but version 2"]),
        ({"strap-tamper": LOCKED["strap-tamper"]}, ["not-fitted: gone"]),
    ],
)
def test_the_lock_lets_a_rule_change_only_with_its_version(now: Lock, offenders: list[str]) -> None:
    found = unsaid(LOCKED, now)

    assert len(offenders) == len(found)
    assert all(line.startswith(offender) for line, offender in zip(found, offenders, strict=True))


def test_what_a_rule_says_of_itself_may_be_mended_and_a_threshold_may_not() -> None:
    text = '"""Docstring."""\n\nLIMIT = 15\n'

    assert fingerprint(text) == fingerprint(text.replace("Docstring", "A better\n\ndocstring").replace("\n", "\r\n"))
    assert fingerprint(text) != fingerprint(text.replace("15", "16"))


def test_publishing_refuses_a_rule_that_changed_and_does_not_say_so() -> None:
    before: Lock = {**locks(rules()), "untagged-window": {"version": 1, "sha256": "as it was released"}}

    with pytest.raises(ChangedUnderItsVersion, match=r"^untagged-window: judges differently from the locked version 1; give it version 2$"):
        published(before)
    assert {"README.md", "lock.json"} == set(published(before, unreleased=True))


def test_publishing_takes_one_word_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["--force"])
    assert "usage: python -m streams.publish [--unreleased]\n" == capsys.readouterr().err
