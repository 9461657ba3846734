"""Stage 2: what is published. The only stage that talks to a network or a cache."""
