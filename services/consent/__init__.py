"""The consent house."""
