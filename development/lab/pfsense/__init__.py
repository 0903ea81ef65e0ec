"""A pfSense over SSH: its files and tools for a plain user, rendered from the lab's world."""
