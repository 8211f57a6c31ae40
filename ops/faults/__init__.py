"""Long proofs that nothing is lost when things break, run by hand: `python -m ops.faults.kills --times 50`. Short forms are tests."""
