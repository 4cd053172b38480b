"""The Library: views of photos, their facets and cards, and the marks people give them."""
