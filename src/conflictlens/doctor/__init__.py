"""Beside the pipeline: whether this machine is fit for an install, before it is tried.

One module for each thing that is looked at: each probes it (facts), and says from the facts alone
what that means (a `Check`). ``records`` holds the closed set of what can be found,
``examination`` looks at everything.
"""
