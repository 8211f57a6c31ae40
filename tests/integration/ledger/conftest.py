"""The fixtures of the ledger's tests."""

from tests.integration.ledger.ledgers import ledger, url

__all__ = ["ledger", "url"]
