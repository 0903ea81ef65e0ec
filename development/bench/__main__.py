"""`python3 -m development bench …` ends up here, within the environment and beside running services."""

from __future__ import annotations

import sys

from .run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
