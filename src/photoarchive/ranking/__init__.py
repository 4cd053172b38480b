"""The mathematics of ranking: from choices to ratings, and which board to ask next. Pure functions, no I/O."""
