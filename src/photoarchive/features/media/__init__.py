"""Showing pictures: previews, originals, videos, what is cached of them, and the jobs that fill the caches."""
