"""The answers of the switch's command line, read column by column: text in, values out, or a ParseError.

    answer.py        what the terminal did to the text: pager, carriage returns, log lines, `%` errors
    columns.py       tables: a row of dashes says where the columns are
    ports.py         names of ports, lists and ranges of them
    device.py        show version, show system, show system id, show inventory
    interfaces.py    show interfaces status, configuration, description, port-channel
    vlans.py         show vlan, show interfaces switchport
    mac_table.py     show mac address-table
    lldp.py          show lldp neighbors
    addresses.py     show ip interface
    config.py        show running-config

Every line is understood or stops its table: a parser that skips a line loses ports in silence.
"""
