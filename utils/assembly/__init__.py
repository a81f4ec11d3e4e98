"""The parts of a relay, put together: the only place that names every back-end."""
