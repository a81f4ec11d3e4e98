"""Who may call, and how often: what happens before a route does anything."""
