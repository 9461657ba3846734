"""Stage 5: which of the user's own requirements conflict, and from which facts."""
