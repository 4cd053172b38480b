"""The synthetic catalog to try the product on."""

from photoarchive.demo.build import build_demo

__all__ = ["build_demo"]
