"""Stage 3: roots, target, admission and index, put together into one question."""
