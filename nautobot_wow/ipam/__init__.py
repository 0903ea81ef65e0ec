"""Giving out addresses: the allocator, what it knows of an address, and what was seen on the wire."""
