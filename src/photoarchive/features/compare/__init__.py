"""Comparing photos: boards, pairs, choices, undo, results."""
