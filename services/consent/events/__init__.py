"""What this house hears and answers: two tables."""
