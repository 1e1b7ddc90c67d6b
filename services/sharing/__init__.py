"""The sharing house."""
