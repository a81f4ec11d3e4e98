"""What clients speak: one module for each endpoint, both directions."""
