"""What the relay costs, measured against the simulator with the direct call beside it."""
