"""Pure functions from the rows of a menu to typed rows; a ParseError names menu and field."""
