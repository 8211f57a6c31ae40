"""The machine's certificates are read once, and again where they have changed or others are named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alerting.delivery.trust import trusted
from tests.parts.certificate import own_certificate


def test_they_are_read_again_only_when_they_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, _ = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ours = trusted()
    assert ours is trusted()
    assert 1 == len(ours.get_ca_certs())
    own_certificate(tmp_path, "another")
    os.utime(certificate, ns=(1, 1))
    assert ours is not trusted()
    assert "another" in str(trusted().get_ca_certs())
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "another" not in str(trusted().get_ca_certs())


def test_a_file_of_ones_own_is_trusted_alone(tmp_path: Path) -> None:
    certificate, _ = own_certificate(tmp_path)
    assert 1 == len(trusted(str(certificate)).get_ca_certs())
    assert trusted(str(certificate)) is trusted(str(certificate))
    with pytest.raises(FileNotFoundError):
        trusted(str(tmp_path / "none.pem"))
