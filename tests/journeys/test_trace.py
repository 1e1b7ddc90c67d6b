"""One trace from a click to the far side: HTTP, outbox, NATS, inbox. Judged by the spans that the running suite really sends."""
