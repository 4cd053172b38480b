"""Names of places: looked up in the background, listed with their counts, shown over the days of the Library."""
