"""BLAKE2 for what the cache keeps and asks by.

`hashlib` loads OpenSSL with it, which takes as long as reading a small answer; BLAKE2 is
Python's own, in a module that `hashlib` itself takes it from.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
