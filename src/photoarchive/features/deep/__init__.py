"""Deep Search: a larger model answers saved and used terms, on a schedule."""
