"""Stage 7: changes to what the user wrote that make it resolve, each solved again."""
