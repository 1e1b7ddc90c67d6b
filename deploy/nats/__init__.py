"""The NATS server's configuration: keys, accounts, and how an organisation comes and goes."""
