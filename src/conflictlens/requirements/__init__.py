"""Stage 1: from what the user wrote to root requirements with their origins."""
