"""`python -m zoo` is the command `zoo`."""

from zoo.command.main import main

main()
