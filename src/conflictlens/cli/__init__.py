"""Stage 8: the command line, a thin skin on the library. Only this stage prints."""
