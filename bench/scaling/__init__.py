"""How the relay grows: one process, two on one socket, four relays behind nginx."""
