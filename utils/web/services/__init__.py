"""What a request may use: back-ends, limits, metrics; and whether the relay is to stop."""
