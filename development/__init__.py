"""Everything one needs to run, try and test the app on one machine: `python3 -m development --help`.

    cli             the commands
    environment     the virtual environment and what is installed in it
    services        PostgreSQL, Valkey, Nautobot's three processes and the lab, as children of nobody
    template        the shipped database snapshot, and the template database made of it
    inside/         what runs within Nautobot's environment, as processes of its own
    lab/            simulators of the systems that the app talks to

Only the standard library is imported here; the modules below `inside/` and `lab/` run in the environment.
"""
