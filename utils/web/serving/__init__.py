"""waitress, processes, and settings that change while it serves."""
