"""The live projection of the choice log: ratings that follow every choice, and the next board to ask."""
