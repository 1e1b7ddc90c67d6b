"""Codes and pure rules of law that two houses use. No I/O, no framework."""
