"""Pages that people read: public ones so far. Parse, render; what they show comes from the domain."""
