"""PostgreSQL, NATS and our own processes on one machine, without root and without an installer."""
