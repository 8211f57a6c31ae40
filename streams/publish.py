"""`python -m streams.publish`: writes the rules' page and the version lock, `streams/rules/README.md` and `lock.json`.

Run it after changing a rule, and commit what it writes; a law says when that was forgotten. The lock holds each rule's
version and the hash of what judges: the file after its docstring. A hash that changed under the same version is refused,
so that no threshold moves unseen; `--unreleased` says that no release has carried that version yet.
A rule judges with the engine too: what changes there is told in CHANGELOG.md, not here.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict, cast

from streams.catalogue import CATALOGUE
from streams.engine.rulebook import AnyRule
from streams.reference import Told, readme, tell

RULES = Path(__file__).parent / "rules"


class Entry(TypedDict):
    """What the lock holds of a rule."""

    version: int
    sha256: str


Lock = dict[str, Entry]


class ChangedUnderItsVersion(ValueError):
    """Rules judge differently from what was locked, and their versions do not say so."""


def rules() -> tuple[AnyRule, ...]:
    """The catalogue, whatever each rule's own parameters and memory are."""
    return tuple(cast("AnyRule", rule) for rule in CATALOGUE)


def stem(slug: str) -> str:
    """The name of a rule's two files, without their endings."""
    return slug.replace("-", "_")


def source_of(slug: str) -> str:
    """A rule's own text."""
    return (RULES / f"{stem(slug)}.py").read_text(encoding="utf-8")


def fingerprint(text: str) -> str:
    """The hash of what judges: all after the module's docstring, whatever the line endings."""
    documented = ast.parse(text).body[0]
    judging = text.splitlines()[documented.end_lineno :]
    return hashlib.sha256("\n".join(line.rstrip() for line in judging).strip().encode()).hexdigest()


def locks(catalogue: Iterable[AnyRule]) -> Lock:
    """What the lock should hold, by slug."""
    return {rule.slug: Entry(version=rule.version, sha256=fingerprint(source_of(rule.slug))) for rule in catalogue}


def unsaid(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """What has changed without saying so, a line a rule; a rule with a higher version, or a new one, says so."""
    wrong = [f"{slug}: gone from the catalogue; a retired rule is kept, with status `retired`" for slug in before if slug not in after]
    for slug, now in after.items():
        then = before.get(slug, now)
        if now["version"] < then["version"]:
            wrong.append(f"{slug}: version {now['version']}, but version {then['version']} is locked")
        elif now["version"] == then["version"] and now["sha256"] != then["sha256"]:
            wrong.append(f"{slug}: judges differently from the locked version {then['version']}; give it version {then['version'] + 1}")
    return wrong


def locked() -> Lock:
    """The lock as it stands."""
    path = RULES / "lock.json"
    return cast("Lock", json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def published(before: Mapping[str, Entry], *, unreleased: bool = False) -> dict[str, str]:
    """Both generated files, by name. Refuses a rule that changed and does not say so."""
    catalogue = rules()
    after = locks(catalogue)
    wrong = unsaid(before, after)
    if wrong and not unreleased:
        raise ChangedUnderItsVersion("\n".join(wrong))
    return {"README.md": readme(told(catalogue)), "lock.json": json.dumps(after, indent=2) + "\n"}


def told(catalogue: Iterable[AnyRule]) -> list[Told]:
    """Each rule with what its two files say of it."""
    found = []
    for rule in catalogue:
        evenings = RULES / f"{stem(rule.slug)}.toml"
        found.append(tell(rule, source_of(rule.slug), evenings.read_text(encoding="utf-8") if evenings.exists() else ""))
    return found


def main(arguments: list[str]) -> int:
    """Write both, or say why not."""
    if set(arguments) - {"--unreleased"}:
        sys.stderr.write("usage: python -m streams.publish [--unreleased]\n")
        return 2
    try:
        files = published(locked(), unreleased="--unreleased" in arguments)
    except ChangedUnderItsVersion as changed:
        sys.stderr.write(
            f"{changed}\nNothing was written. A changed rule gets a new version and a line in CHANGELOG.md; "
            "if no release has carried the locked version yet, run `python -m streams.publish --unreleased`.\n"
        )
        return 1
    for name, text in files.items():
        (RULES / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
