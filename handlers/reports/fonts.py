"""Where a font with Chinese characters lies, for pictures.

First the font package the desk depends on (Noto Sans SC, under the SIL Open Font License), then the places where
distributions put theirs (fonts-noto-cjk, WenQuanYi). Without any there are no pictures, only words.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# Python packages that ship a Chinese font: (package, file in it).
PACKAGES = (
    ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    ("manimgx_fonts_cjk", "NotoSansCJK-Regular.ttc"),
)
PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


@lru_cache(maxsize=1)
def chinese_font() -> str | None:
    """Return the path of a font with Chinese characters, None when this machine has none."""
    for package, name in PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found = next(iter(sorted(Path(folder).rglob(name))), None)
            if found is not None:
                return str(found)
    return next((place for place in PLACES if Path(place).is_file()), None)
