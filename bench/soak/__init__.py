"""A long run of everything at once at half of what the relay can: does anything grow?"""
