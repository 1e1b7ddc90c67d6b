"""The demonstration: a synthetic world and the story that is played in it."""
