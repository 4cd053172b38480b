"""The HTTP side shared by all features: pages, assets, security, event stream."""

import os

# FastAPI's validation would search every installed package for plug-ins of its own, a thirtieth of the start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
