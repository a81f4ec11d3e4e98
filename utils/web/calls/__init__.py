"""A call that asks a model, from its seat to its last byte."""
