"""What one house publishes and another reads. A published struct only grows at the end, with a default (golden files in tests)."""
