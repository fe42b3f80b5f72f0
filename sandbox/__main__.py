"""`python -m sandbox --port 8081`: the sandbox by itself; a bot connects by the two addresses it prints."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from sandbox.app import Options
from sandbox.server import DEMO_TOKEN, serve

_GLANCE_SECONDS = 0.5


def main(argv: list[str] | None = None) -> int:
    """Exit code 0 after Ctrl-C, 1 when the port is taken, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Telegram Bot API 的本地替身，带聊天网页"
    )
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认只在本机）")
    parser.add_argument("--port", type=int, default=8081, help="端口（默认 8081）")
    parser.add_argument(
        "--token",
        default=os.environ.get("SANDBOX_TOKEN", DEMO_TOKEN),
        help="机器人令牌，形如 123456:ABC；也可用环境变量 SANDBOX_TOKEN",
    )
    parser.add_argument("--keep", type=Path, metavar="目录", help="把聊天保存在这个目录，重启后继续")
    parser.add_argument("--with-parent", action="store_true", help="启动它的进程不在了就退出")
    parser.add_argument("--limits", action="store_true", help="按 Telegram 的频率限制返回 429")
    options = parser.parse_args(argv)
    if not options.token.partition(":")[0].isdecimal():
        parser.error("令牌应形如 123456:ABC…")
    address = f"http://{options.host}:{options.port}"
    sys.stdout.write(
        f"聊天网页      {address}/\n"
        f"机器人接口    TELEGRAM_BASE_URL={address}/bot\n"
        f"文件接口      TELEGRAM_BASE_FILE_URL={address}/file/bot\n"
    )
    sys.stdout.flush()
    if options.with_parent:
        _leave_with(os.getppid())
    try:
        serve(
            host=options.host,
            port=options.port,
            token=options.token,
            options=Options(enforce_limits=options.limits, folder=options.keep),
        )
    except SystemExit as stop:
        sys.stderr.write(f"端口 {options.port} 打不开，可能已被占用\n")
        return int(stop.code or 0) and 1
    except KeyboardInterrupt:
        return 0
    return 0


def _leave_with(parent: int) -> None:
    """End as by Ctrl-C once the parent process is gone; a killed launcher must not leave a port taken."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_GLANCE_SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
