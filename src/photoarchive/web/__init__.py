"""The HTTP side shared by all features: pages, assets, security, event stream."""
