"""The product: one folder is one thing a person can do."""
