"""Everything that starts and wires Samsyn: the command, the embedded parts, the demo."""
