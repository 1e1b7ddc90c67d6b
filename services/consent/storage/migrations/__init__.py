"""Forward-only SQL files of the consent house."""
