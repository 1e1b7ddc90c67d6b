"""The rules of a log: tree, tiles, checkpoint, leaf, chain. Pure; no clock, no database."""
