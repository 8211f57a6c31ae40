"""Keys of feed clients: shown once, kept as a hash, of use at once and of no use at once, from the command line to the door."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ops.cli.main import main
from streams.embedded.keys import FILE, Keyring, KeyStore, UnknownKey
from streams.embedded.keys_in_database import DatabaseKeys

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INTAKES = 4
NO_LETTER = "0"
"""In no key."""


def vigil(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_key_stands_alone_on_standard_output_and_only_its_hash_in_the_file(tmp_path: Path) -> None:
    made = vigil("keys", "add", "Allied", "--source", "em/allied", "--source", "em/test-*", "--rate", "5", "--data", str(tmp_path))
    text = made.stdout.strip()
    prefix, key_id, secret = text.split("_")

    assert (0, "vk", f"{text}\n") == (made.exit_code, prefix, made.stdout)
    assert 40 == len(secret)
    assert secret not in "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir())

    keyring = Keyring(tmp_path)
    key = keyring.find(text, datetime.now(UTC))
    keyring.close()
    assert key is not None
    assert (key_id, "Allied", ("em/allied", "em/test-*"), 5.0) == (key.id, key.name, key.sources, key.rate_events_s)


def test_it_is_listed_and_revoked_and_stays_in_the_list(tmp_path: Path) -> None:
    vigil("keys", "add", "Allied", "--source", "em/*", "--data", str(tmp_path))
    before = json.loads(vigil("keys", "list", "--json", "--data", str(tmp_path)).stdout)
    revoked = vigil("keys", "revoke", "Allied", "--data", str(tmp_path))
    after = json.loads(vigil("keys", "list", "--json", "--data", str(tmp_path)).stdout)
    again = vigil("keys", "revoke", "Allied", "--data", str(tmp_path))

    assert ("living", "revoked") == (before["state"], after["state"])
    assert 0 == revoked.exit_code
    assert (1, 1) == (again.exit_code, len(again.stderr.strip().splitlines()))


def test_what_a_key_may_send_and_until_when_stands_in_the_list(tmp_path: Path) -> None:
    some = ("--type", "tagging.*", "--type", "feed.heartbeat", "--expires", "2099-01-01T00:00:00Z")
    vigil("keys", "add", "Allied", "--source", "em/*", *some, "--data", str(tmp_path))
    vigil("keys", "add", "Every", "--source", "em/*", "--data", str(tmp_path))
    first, second = vigil("keys", "list", "--data", str(tmp_path)).stdout.splitlines()
    said = json.loads(vigil("keys", "list", "--json", "--data", str(tmp_path)).stdout.splitlines()[0])

    assert "tagging.*, feed.heartbeat" in first
    assert "expires 01 Jan 2099 00:00 UTC" in first
    assert ("every type" in second, "expires" in second) == (True, False)
    assert (["tagging.*", "feed.heartbeat"], "2099-01-01T00:00:00+00:00") == (said["types"], said["expires_at"])


def test_a_key_from_before_keys_had_types_sends_every_type(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    text = store.add("a", ("em/*",), NOON)
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        file.execute("ALTER TABLE feed_key DROP COLUMN types")
    keyring = Keyring(tmp_path)
    key = keyring.find(text, NOON)
    keyring.close()

    assert key is not None
    assert key.client.may_send_type("tagging.position")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "x"),
        ("add", "--source", "em/*"),
        ("add", "x", "--source", " "),
        ("add", "x", "--source", "em/*", "--rate", "0"),
        ("add", "x", "--source", "em/*", "--rate", "nan"),
        ("add", "x", "--source", "em/*", "--rate", "inf"),
        ("add", "x", "--source", "em/*", "--type", "tagging.moon"),
        ("add", "x", "--source", "em/*", "--source", "vigil/console"),
        ("revoke",),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert 2 == vigil("keys", *arguments, "--data", str(tmp_path)).exit_code


def test_a_key_is_valid_at_once_beside_a_keyring_that_is_open(tmp_path: Path) -> None:
    keyring, store = Keyring(tmp_path), KeyStore(tmp_path)
    assert keyring.find("vk_none_none", NOON) is None

    text = store.add("a", ("em/*",), NOON)
    assert keyring.find(text, NOON) is not None

    store.revoke("a", NOON)
    assert keyring.find(text, NOON) is None
    keyring.close()
    store.close()


def test_another_secret_under_a_true_id_opens_nothing(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    text = store.add("a", ("em/*",), NOON)
    store.close()
    keyring = Keyring(tmp_path)

    wrong = [
        text[:-1],
        f"{text}x",
        text.replace("vk_", "VK_"),
        text.rsplit("_", 1)[0],
        f"{text.rsplit('_', 1)[0]}_",
        "",
        "_",
        "vk",
        text.upper(),
    ]
    assert [] == [one for one in wrong if keyring.find(one, NOON)]
    keyring.close()


def test_it_ends_at_its_instant(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    text = store.add("a", ("em/*",), NOON, expires_at=NOON + timedelta(hours=1))
    store.close()
    keyring = Keyring(tmp_path)

    assert keyring.find(text, NOON + timedelta(minutes=59)) is not None
    assert keyring.find(text, NOON + timedelta(hours=1)) is None
    keyring.close()


def test_of_two_living_keys_with_one_name_the_id_says_which(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.add("a", ("em/*",), NOON)
    store.add("a", ("em/*",), NOON)
    first, second = (key.id for key in store.every())

    with pytest.raises(UnknownKey, match=f"{first}, {second}"):
        store.revoke("a", NOON)
    assert first == store.revoke(first, NOON).id
    assert second == store.revoke("a", NOON).id
    store.close()


def test_the_file_is_there_for_whoever_comes_first(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "new")
    keyring.find("x", NOON)
    keyring.close()

    assert (tmp_path / "new" / FILE).exists()


def test_a_folder_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "keys.sqlite3").mkdir()
    done = vigil("keys", "list", "--data", str(tmp_path))

    assert (1, 1) == (done.exit_code, len(done.stderr.splitlines()))
    assert done.stderr.startswith(f"Error: data folder {tmp_path}: ")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    return str(request.getfixturevalue("postgresql_url"))


def test_in_a_database_that_intakes_share_a_key_is_of_use_and_of_no_use_at_once(database: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(INTAKES) as at_once:
        intakes = list(at_once.map(DatabaseKeys, [database] * INTAKES))
    some = ("--type", "tagging.*", "--rate", "5", "--expires", "2099-01-01T00:00:00Z", "--database", database)

    text = vigil("keys", "add", "Allied", "--source", "em/allied", *some).stdout.strip()
    found = [intake.find(text, datetime.now(UTC)) for intake in intakes]
    listed = json.loads(vigil("keys", "list", "--json", "--database", database).stdout)

    assert {found[0]} == set(found)
    assert found[0] is not None
    assert ("Allied", ("em/allied",), ("tagging.*",), 5.0) == (found[0].name, found[0].sources, found[0].types, found[0].rate_events_s)
    assert (found[0].id, "living", "2099-01-01T00:00:00+00:00") == (listed["id"], listed["state"], listed["expires_at"])
    for other in (f"{text[:-1]}{NO_LETTER}", f"{text}x", text.replace("vk_", "xx_"), found[0].id, ""):
        assert None is intakes[0].find(other, datetime.now(UTC))
    assert None is intakes[0].find(text, datetime(2100, 1, 1, tzinfo=UTC))

    assert 0 == vigil("keys", "revoke", "Allied", "--database", database).exit_code
    assert {None} == {intake.find(text, datetime.now(UTC)) for intake in intakes}
    assert 1 == vigil("keys", "revoke", "Allied", "--database", database).exit_code
    assert not (tmp_path / "vigil-data").exists()
    for intake in intakes:
        intake.close()


def test_a_database_that_is_none_is_said_in_one_line() -> None:
    for url in ("nonsense", "postgresql://vigil@127.0.0.1:1/vigil"):
        said = vigil("keys", "list", "--database", url)
        assert (1, 1) == (said.exit_code, len(said.stderr.strip().splitlines()))
        assert said.stderr.startswith("Error: --database: ")
