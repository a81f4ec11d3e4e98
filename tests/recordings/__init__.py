"""What 1min.ai answers, in the shapes that were documented or seen by the dates in the names
(onemin-api.md 2.3 to 2.5, 12). Names and types are real, the values are made up.
"""
