"""Failures that are brought about for real, to see that their logs are understood."""
