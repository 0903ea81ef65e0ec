"""What the systems say together: which VLAN is on which port, the way to a gateway, and what is plugged in where."""
