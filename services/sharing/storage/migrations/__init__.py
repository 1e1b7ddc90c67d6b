"""Forward-only numbered SQL files."""
