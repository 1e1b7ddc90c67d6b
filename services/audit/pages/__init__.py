"""Pages that people read: the data-protection officer's."""
