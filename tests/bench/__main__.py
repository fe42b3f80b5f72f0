"""`make bench`: every benchmark one after the other. `python -m tests.bench turns` runs one; `--scale 0.1` makes it small."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import time
from pathlib import Path

import structlog


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    names = sorted(
        m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_")
    )
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", default=names, help="、".join(names))
    parser.add_argument("--scale", type=float, default=1.0)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(
        f"{os.cpu_count()} 核，{platform.system()} {platform.release()}，Python {platform.python_version()}"
    )
    for name in chosen.which:
        module = importlib.import_module(f"tests.bench.{name}")
        if not hasattr(module, "run"):
            continue
        print(f"\n── {name}", flush=True)
        begun = time.monotonic()
        for line in module.run(chosen.scale):
            print(line, flush=True)
        print(f"（用时 {time.monotonic() - begun:.0f} 秒）", flush=True)


main()
