"""The desk: where an organisation's own people write and read content, without JavaScript. Plaintext stays in this process."""
