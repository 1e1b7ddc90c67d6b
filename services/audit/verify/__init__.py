"""A project of its own that lies here; the service imports nothing of it, nor it of the service."""
