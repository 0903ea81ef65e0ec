"""Measurements: the peer's way, our engine and the practical floor, doing the same work side by side in one run.

run.py          the command: databases, processes, rounds
contestant.py   one contestant in a process of its own: seed, warm up, four phases, figures
world.py        the guests, as plain data
contrib.py      the peer: a DataSource Job made of nautobot-ssot's contrib classes
ours.py         our Job, reading those guests
floor.py        the same rows in bulk, change log kept, nothing else
outcome.py      what must be in Nautobot afterwards, so that nobody wins by leaving work out
meter.py        seconds, CPU, queries, memory
report.py       the table
"""
