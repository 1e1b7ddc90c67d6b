"""What consent is: pure rules over facts and an instant."""
