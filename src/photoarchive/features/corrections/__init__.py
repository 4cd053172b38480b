"""Corrections of when and where photos were taken: kept in the catalog, undoable, originals untouched."""
