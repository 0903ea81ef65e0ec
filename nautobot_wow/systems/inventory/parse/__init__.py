"""From the text of an inventory page to what it says, line by line; nothing here reads a file or knows Nautobot."""
