"""Nothing known is not the same as nobody asked."""

from __future__ import annotations

import pytest

from tests.audit.__main__ import CLEAN, UNKNOWN, VULNERABLE, judge

CLEAN_ONE = {"name": "alembic", "version": "1.20", "vulns": []}
SKIPPED = {
    "name": "httpx",
    "skip_reason": "Dependency not found on PyPI and could not be audited: httpx (0.28)",
}
FOUND = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


@pytest.mark.parametrize(
    ("dependencies", "verdict", "said"),
    [
        ([CLEAN_ONE], CLEAN, "没有已知漏洞：1 个依赖都查过"),
        ([CLEAN_ONE, SKIPPED], UNKNOWN, "没有结论：2 个依赖里 1 个查不到公告，这不等于没有漏洞"),
        ([], UNKNOWN, "没有结论"),
        ([SKIPPED, FOUND], VULNERABLE, "pillow 1.0：PYSEC-1（1.1修复）；PYSEC-2（尚未修复）"),
    ],
)
def test_a_verdict_says_whether_anybody_was_asked(
    dependencies: list[dict[str, object]], verdict: int, said: str
) -> None:
    judged, lines = judge(dependencies)
    assert judged == verdict
    assert said in "\n".join(lines)
