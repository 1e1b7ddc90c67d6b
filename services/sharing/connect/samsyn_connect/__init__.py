"""The client kit: what an organisation runs on its own machines. Plaintext and private keys never leave it (invariant I3)."""
