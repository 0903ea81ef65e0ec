"""The ledger of conflicts: what cannot be true at once, found by runs and by rules, kept as rows that live and end.

registry.py   the one list of rules
rules/        one rule a file: what it is called, what it means, what to do, and how it is found
estate.py     what several rules look at, read once for a check
surroundings.py  what Systems claim of the objects of faults, and where they are
check.py      all rules, now: open, refresh, resolve, open again
book.py       how rows of the ledger change, whoever found them
"""
