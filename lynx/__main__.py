"""`python -m lynx`."""

from lynx.cli.app import main

main()
