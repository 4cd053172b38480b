"""Reading originals and making pictures of them. Image libraries are imported here and nowhere else."""
