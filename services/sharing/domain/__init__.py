"""The rules of sharing: pure functions over plain structs, no I/O."""
