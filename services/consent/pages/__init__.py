"""Pages that people read: the guardian's and the child's."""
