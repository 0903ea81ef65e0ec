"""Guests that are asked for: created on an address that Nautobot gave, moved, and given back with all they had."""
