"""From the words of a search, or a photo, to scored photos. Knows views only through ScoredSet."""
