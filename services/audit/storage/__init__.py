"""Rows of the audit house. Entries, tiles and checkpoints are inserted and read, nothing else."""
