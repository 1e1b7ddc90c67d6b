"""Rows to structs and back: each function runs one named query in the caller's transaction and decides nothing."""
