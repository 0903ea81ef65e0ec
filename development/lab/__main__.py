"""`python -m development.lab proxmox --state-dir DIR`: serves the lab's Proxmox until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from development.lab.estate import ESTATE_FILE
from development.lab.proxmox.endpoint import Settings
from development.lab.proxmox_lab import READY_FILE, ProxmoxLab, serve

PARENT_CHECK_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, or until the parent is gone if asked to."""
    options = _parser().parse_args(arguments)
    settings = Settings(agent_delay_s=options.agent_delay, task_pause_s=options.task_seconds, strict=options.strict)
    try:
        lab = ProxmoxLab(options.state_dir, settings=settings, guests=options.guests, port=options.port,
                         estate_file=options.estate, keep_world=True)  # fmt: skip
        asyncio.run(_run(lab, options.exit_with_parent))
    except (OSError, RuntimeError) as error:
        print(f"The lab's Proxmox cannot run: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m development.lab", description=__doc__)
    systems = parser.add_subparsers(dest="system", required=True)
    proxmox = systems.add_parser("proxmox", help="an HTTPS server of the Proxmox VE API")
    proxmox.add_argument(
        "--state-dir", type=Path, required=True, help=f"folder for {READY_FILE}, certificates, secrets"
    )
    proxmox.add_argument("--estate", type=Path, default=ESTATE_FILE, help="the description of what exists")
    proxmox.add_argument("--guests", type=int, default=0, help="so many generated guests beside the estate's own")
    proxmox.add_argument("--port", type=int, default=0, help="0: the port of the last time, or a free one")
    proxmox.add_argument("--agent-delay", type=float, default=3.0, help="seconds that a dead guest agent costs")
    proxmox.add_argument("--task-seconds", type=float, default=0.3, help="seconds that a unit of a task's work takes")
    proxmox.add_argument("--strict", action="store_true", help="answer 500 where an answer does not fit the schema")
    proxmox.add_argument("--exit-with-parent", action="store_true", help="stop when the starting process is gone")
    return parser


async def _run(lab: ProxmoxLab, with_parent: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    watch = loop.create_task(_watch_parent(stopped, os.getppid())) if with_parent else None
    await serve(lab, stopped)
    if watch:
        watch.cancel()


async def _watch_parent(stopped: asyncio.Event, parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK_S)
    stopped.set()


if __name__ == "__main__":
    sys.exit(main())
