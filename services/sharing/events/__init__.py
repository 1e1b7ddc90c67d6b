"""What other houses tell and ask."""
