"""The tables of the ledger, one module a subject. What a column means stands there; who writes it, beside the writer."""
