"""Beside the pipeline: what the log of a failed install says, read without running anything.

``reading`` turns bytes into numbered lines, ``cleaning`` takes from a line what CI and terminals
put around it, ``wrapping`` joins what a console broke; ``table`` holds the rules as data,
``evidence`` collects what they find, ``choosing`` decides which of it is the cause.
"""
