"""Texts that every house shows."""
