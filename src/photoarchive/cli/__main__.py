"""`python -m photoarchive.cli`."""

from photoarchive.cli import main

main()
