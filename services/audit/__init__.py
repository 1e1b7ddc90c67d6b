"""The audit house."""
