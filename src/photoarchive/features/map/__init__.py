"""The map: located photos of a view as points, as clusters, and how they spread over time."""
