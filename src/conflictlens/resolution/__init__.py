"""Stage 4: is there a resolution? Found, refuted, or undecided."""
