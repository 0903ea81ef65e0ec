"""Check that this Python will do, then hand over to the commands."""

import sys

SUPPORTED = ((3, 10), (3, 13))

if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
    sys.exit(
        "Python %d.%d to %d.%d is needed, this is %d.%d. Name another one, for example: python3.12 -m development up"
        % (SUPPORTED[0] + SUPPORTED[1] + sys.version_info[:2])
    )

from development.cli import main

if __name__ == "__main__":
    sys.exit(main())
