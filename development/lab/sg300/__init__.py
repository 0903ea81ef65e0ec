"""The Cisco SG300 of the lab: an SSH server with the switch's command line, over the world's access switch."""
