"""A Git repository of Jobs, as somebody may attach it to Nautobot beside the app."""
