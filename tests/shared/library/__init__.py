"""A whole small house, to test the frame by: a library that lends books. Its rooms are those of `services/README.md`."""
