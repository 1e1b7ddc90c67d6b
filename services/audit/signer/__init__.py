"""The signer: a process of its own with a store of its own, so that nobody who holds the database can make it contradict itself."""
