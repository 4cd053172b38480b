"""Named benchmarks. `photoarchive bench NAME…` runs photoarchive.bench.<name>.run(report) and prints what it reports.

The first line of its docstring, "NAME: what it measures.", is what the list of benchmarks says of it. It prepares its
data once under the bench home, warms up, repeats, and reports medians or the percentile its metric names. Metric names
are a contract (docs/performance.md).
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import pkgutil
from collections.abc import Callable
from importlib.abc import SourceLoader
from pathlib import Path

import platformdirs

from photoarchive.core.errors import Invalid

Report = Callable[[str, float, str], None]     # metric name, value, unit


def names() -> list[str]:
    """All benchmarks there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def measures(name: str) -> str:
    """What a benchmark measures, as one sentence, from its source: nothing is imported for it."""
    found = importlib.util.find_spec(f"photoarchive.bench.{name}")
    source = found.loader.get_source(found.name) if found and isinstance(found.loader, SourceLoader) else None
    first = (ast.get_docstring(ast.parse(source or "")) or "").partition("\n")[0]
    sentence = first.removeprefix(f"{name}: ")
    return sentence[:1].upper() + sentence[1:]


def bench_home() -> Path:
    """Where prepared data are kept between runs: PHOTOARCHIVE_BENCH_HOME, else the XDG cache folder."""
    named = os.environ.get("PHOTOARCHIVE_BENCH_HOME")
    home = Path(named) if named else Path(platformdirs.user_cache_dir("photoarchive-bench"))
    home.mkdir(parents=True, exist_ok=True)
    return home


def run(name: str, report: Report) -> None:
    """Run one benchmark. Raises Invalid with the list of names for an unknown one."""
    if name not in names():
        raise Invalid(f"There is no benchmark {name!r}. There are: {', '.join(names())}.")
    importlib.import_module(f"photoarchive.bench.{name}").run(report)
