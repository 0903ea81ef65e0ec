"""What the pages show, apart from Nautobot's own panels and tables."""
