"""Routes of the consent house: the family's, and those by which organisations name children and state facts."""
