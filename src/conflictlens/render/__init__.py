"""Stage 7: wording and layout; each renderer is a pure function of an explanation."""
