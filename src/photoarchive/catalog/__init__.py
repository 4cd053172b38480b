"""The catalog: one SQLite file as the truth, numpy columns as the speed. The only package that speaks SQL."""
