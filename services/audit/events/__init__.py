"""What audit hears and what it does about it."""
