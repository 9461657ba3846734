"""conflictlens: why requirements can't be installed together, proved, and what to change."""

__version__ = "0.1.0"
