"""The lab: one declarative world, rendered by servers that speak the wire protocols of the real systems."""
