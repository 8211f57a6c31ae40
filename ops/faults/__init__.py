"""Long proofs that nothing is lost when things break, run by hand (CONTRIBUTING.md): `kills`, `cluster`. Short forms are tests."""
