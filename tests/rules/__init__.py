"""Tests about the code itself: what the design asks of every file, so that no reviewer has to remember it."""
