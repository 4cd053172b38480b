"""`python -m unittest test_all` from this folder runs the product's tests."""

import subprocess
import sys
import unittest
from pathlib import Path


class AllTests(unittest.TestCase):
    """One test: the whole suite passes."""

    def test_all(self) -> None:
        """Run pytest over the checkout."""
        checkout = Path(__file__).resolve().parents[1]
        finished = subprocess.run([sys.executable, "-m", "pytest", "tests/unit", "tests/api"], cwd=checkout, check=False)
        self.assertEqual(finished.returncode, 0)
