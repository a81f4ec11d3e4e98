"""What is wrong with a relay, and how to mend it."""
