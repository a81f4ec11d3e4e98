"""Real client programs against the relay, run by hand: `python -m tests.programs.run`."""
