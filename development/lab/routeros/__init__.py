"""MikroTik RouterOS as the lab has it: the API over TCP and TLS, rendering the same world."""
