"""Reading what originals say: the background job, and all tags of one photo on demand."""
