"""Routes of the audit house: the data-protection officer's, and the C2SP paths of each log."""
