"""The words that both sides speak. Imports nothing of ours."""
