"""Asks pip-audit about each list of pinned dependencies and says which of three things is so.

0: every one was looked up and none is vulnerable. 1: some are, and these. 2: no verdict, since advisories could not be had
(pip-audit by itself calls that "No known vulnerabilities found", or, with --strict, an error like a finding).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LISTS = ("app", "dev", "rasa")
CLEAN, VULNERABLE, UNKNOWN = 0, 1, 2


def judge(dependencies: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return the verdict on one list of dependencies as pip-audit reports it, and the lines that explain it."""
    found = [one for one in dependencies if one.get("vulns")]
    skipped = [one for one in dependencies if "skip_reason" in one]
    if found:
        lines = [f"  {one['name']} {one['version']}：{_advisories(one)}" for one in found]
        return VULNERABLE, [f"有已知漏洞：{len(found)} 个依赖", *lines]
    if skipped or not dependencies:
        asked = f"{len(dependencies)} 个依赖里 {len(skipped)} 个查不到公告"
        why = f"  比如：{skipped[0]['skip_reason']}" if skipped else "  一个依赖都没有读到"
        return UNKNOWN, [f"没有结论：{asked}，这不等于没有漏洞；换能连上 pypi.org 的网络再查", why]
    return CLEAN, [f"没有已知漏洞：{len(dependencies)} 个依赖都查过"]


def _advisories(dependency: dict[str, Any]) -> str:
    return "；".join(
        f"{vuln['id']}（{'、'.join(vuln['fix_versions']) or '尚未'}修复）" for vuln in dependency["vulns"]
    )


def ask(name: str) -> tuple[int, list[str]]:
    """Return the verdict on one list of the folder `requirements`."""
    command = [
        sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off",
        "--disable-pip", "--require-hashes", "-r", str(ROOT / "requirements" / f"{name}.txt"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["pip-audit 没有说为什么"])[-1]
        return UNKNOWN, ["没有结论：公告没查成", f"  {last}"]
    return judge(dependencies)


def main() -> int:
    """Ask about every list; the worst verdict is the exit code, a finding worse than not knowing."""
    verdicts = []
    for name in LISTS:
        verdict, lines = ask(name)
        verdicts.append(verdict)
        print(f"requirements/{name}.txt：" + "\n".join(lines), flush=True)
    return VULNERABLE if VULNERABLE in verdicts else max(verdicts)


if __name__ == "__main__":
    sys.exit(main())
