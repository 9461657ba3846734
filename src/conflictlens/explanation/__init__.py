"""Stage 6: the story of a conflict, as data."""
