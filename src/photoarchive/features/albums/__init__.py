"""Albums: photos a person gathered, in an order of their own."""
