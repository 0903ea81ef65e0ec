"""Pure readers of what a pfSense prints: its config.xml, lease files, and the tables of FreeBSD's tools."""
