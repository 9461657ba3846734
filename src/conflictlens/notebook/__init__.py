"""Stage 9: commands for IPython and notebooks, a thin skin on those of the command line.

Nothing of it is imported before ``%load_ext conflictlens``; only here IPython is.
"""
