"""Background work: jobs, the runner, the governor, meters and the only process pool."""
