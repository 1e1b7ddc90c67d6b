"""Tokens of others (validator) and of our own (source): RFC 9068, 9449, 8725, 7523."""
