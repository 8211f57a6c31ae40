"""Sharing what is known: how reports are graded and handled, agreements with programmes, and the log of disclosures."""
