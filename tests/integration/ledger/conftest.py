"""The fixtures of the ledger's tests."""

from tests.integration.ledger.ledgers import empty_database, ledger, url

__all__ = ["empty_database", "ledger", "url"]
