"""Payloads of the Proxmox VE API in, values and records out.

Pure functions: no client, no logger, no clock. What cannot be read raises a ParseError that names object and field.

    values      one field of one JSON object; the same key is a number in one answer and text in the next
    strings     property strings (net0, ipconfig0, drives) and sizes
    rights      what the token may see, so that silence is not taken for absence
    listing     cluster/status and cluster/resources
    network     the interfaces and addresses of a node
    vlans       sets of VLAN ids
    sdn         VLANs and prefixes that the endpoint defines itself
    parts       what a node is made of
    config      the configuration of a guest
    live        what a running guest says of its own interfaces
    addresses   configuration and live answer together: which addresses a guest has
    platforms   names of operating systems
"""
