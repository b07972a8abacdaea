"""engramctl: the commands for people. It talks to the daemon over the bus only."""
