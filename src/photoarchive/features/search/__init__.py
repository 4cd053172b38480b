"""Searching: answers with their reasons, the language's help and completion, recent searches, kept results."""
