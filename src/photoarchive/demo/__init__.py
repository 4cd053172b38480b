"""The synthetic catalog to try the product on."""
