"""The commands of `python3 -m development`, and how they end."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import environment, interrupts, main_job, report, template, testing
from .nautobot import SETTINGS, variables
from .paths import DEFAULT_STATE, Paths
from .problems import Problem, tail
from .progress import say, step
from .stack import Stack, Wishes
from .state import locked

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    chosen, rest = parser().parse_known_args(arguments)
    if rest and chosen.command not in ("test", "bench"):
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.rest = rest
    interrupts.listen()
    try:
        return int(chosen.run(chosen) or 0)
    except Problem as problem:
        return _explain(problem)
    except KeyboardInterrupt:
        say("\nInterrupted. What this command had started is ended.")
        return INTERRUPTED
    except PermissionError as error:
        return _explain(Problem(f"{error}. Was an earlier command run as another user?"))


def _explain(problem: Problem) -> int:
    sys.stdout.flush()
    text = tail(problem.log) if problem.log else ""
    sys.stderr.write(f"\n{problem}\n" + (f"{text}\n({problem.log})\n" if text else ""))
    return 1


# ------------------------------------------------------------------------------------------------------------ commands
def up(chosen: argparse.Namespace) -> int:
    """Start everything, run the main job, report."""
    paths = _paths(chosen)
    with locked(paths.lock, "Another command"):
        environment.ensure()
        stack = Stack(paths)
        wishes = Wishes(
            lab=chosen.lab,
            guests=chosen.guests,
            port=chosen.port,
            admin_password=chosen.admin_password,
            api_token=chosen.api_token,
        )
        password = stack.up(wishes)
        try:
            runs, made = _show(stack) if chosen.lab and chosen.sync else ([], [])
        except BaseException:
            say(report.ready(stack.facts(), password, [], []))  # all of it runs, and the password is shown only now
            raise
    say(report.ready(stack.facts(), password, runs, made))
    return _stay(stack) if chosen.foreground else 0


def _show(stack: Stack) -> tuple[list[main_job.Run], list[main_job.Made]]:
    """Reconcile the lab's systems, have two guests created, and reconcile once more: nothing is left to do."""
    rest = stack.nautobot.rest
    runs = main_job.run(rest, main_job.system_names(rest))
    made = main_job.create_guests(rest, "wow-proxmox")
    last = main_job.sync(rest, "wow-proxmox", dry_run=False, what="wow-proxmox: after both were created")
    if last.changes():
        raise Problem(f"{last.what}: {last.changes()} objects changed; see {last.url}")
    return [*runs, last], made


def _stay(stack: Stack) -> int:
    say("Press Ctrl-C to end everything.")
    try:
        stack.watch()
    finally:
        stack.down()
    return 0


def down(chosen: argparse.Namespace) -> int:
    """End everything that `up` started."""
    paths = _paths(chosen)
    if not paths.state.exists():
        say("Nothing runs.")
        return 0
    with locked(paths.lock, "Another command"), step("ending all processes", quiet_below_s=1) as current:
        ended = Stack(paths).down()
        current.note = ", ".join(ended)
    say("Everything is down." if ended else "Nothing was running.")
    return 0


def status(chosen: argparse.Namespace) -> int:
    """Tell what runs; the exit code is 0 when all of it does."""
    paths = _paths(chosen)
    facts = Stack(paths).facts() if paths.state.exists() else {"running": False, "processes": {}}
    say(json.dumps(facts, indent=2) if chosen.json else report.status(facts))
    return 0 if facts["running"] else 1


def sync(chosen: argparse.Namespace) -> int:
    """Run the Job for one System or all."""
    stack = _running(chosen)
    rest = stack.nautobot.rest
    names = [chosen.system] if chosen.system else main_job.in_order(rest, main_job.system_names(rest))
    for name in names:
        what = f"{name}: what would change" if chosen.dry_run else f"{name}: reconciled"
        done = main_job.sync(rest, name, dry_run=chosen.dry_run, what=what)
        say(f"         {done.message + ' ' if done.message else ''}{done.url}")
    if not names:
        say("Nautobot has no enabled System.")
    return 0


def logs(chosen: argparse.Namespace) -> int:
    """Show the end of the logs, and what comes with -f."""
    folder = _paths(chosen).logs
    found = sorted(folder.glob(f"{chosen.name or '*'}.log"))
    if not found:
        raise Problem(f"There is no log {chosen.name or ''} in {folder}")
    for path in found:
        say(f"==> {path}\n{tail(path, chosen.lines)}\n")
    if chosen.follow:
        _follow(found)
    return 0


def _follow(paths: list[Path]) -> None:
    handles = [(path.stem, path.open(encoding="utf-8", errors="replace")) for path in paths]
    for _, handle in handles:
        handle.seek(0, os.SEEK_END)
    while True:
        for name, handle in handles:
            for line in handle:
                say(f"{name:<9} {line.rstrip()}")
        time.sleep(0.3)


def reset(chosen: argparse.Namespace) -> int:
    """Forget everything but the virtual environment."""
    paths = _paths(chosen)
    if paths.state.exists():
        with locked(paths.lock, "Another command"), step("ending and deleting", quiet_below_s=1):
            Stack(paths).reset()
    tests = testing.paths_of(paths)
    if tests.state.exists():
        with locked(tests.lock, "A test"):
            Stack(tests).reset()
    if chosen.environment:
        environment.remove()
    say("Everything is forgotten. The next `up` starts afresh.")
    return 0


def shell(chosen: argparse.Namespace) -> int:
    """Become Nautobot's shell."""
    stack = _running(chosen)
    server = str(environment.program("nautobot-server"))
    sys.stdout.flush()
    os.execve(server, [server, "nbshell"], variables(stack.paths))


def snapshot(chosen: argparse.Namespace) -> int:
    """Rebuild the database snapshot."""
    environment.ensure()
    with testing.services(_paths(chosen)) as stack:
        template.rebuild(stack.postgres, stack.paths)
    return 0


def test(chosen: argparse.Namespace) -> int:
    """Run checks and tests."""
    environment.ensure()
    return testing.run(_paths(chosen), only=chosen.only, fast=chosen.fast, arguments=chosen.rest)


def bench(chosen: argparse.Namespace) -> int:
    """Run measurements."""
    environment.ensure()
    return testing.bench(_paths(chosen), chosen.rest)


def _paths(chosen: argparse.Namespace) -> Paths:
    return Paths(Path(chosen.state).expanduser().absolute())


def _running(chosen: argparse.Namespace) -> Stack:
    paths = _paths(chosen)
    stack = Stack(paths) if paths.state.exists() else None
    if stack is None or not stack.nautobot.all_running():
        raise Problem("Nautobot does not run; start it with: python3 -m development up")
    return stack


# ------------------------------------------------------------------------------------------------------------- options
def parser() -> argparse.ArgumentParser:
    """Return the parser; its help is the manual."""
    top = argparse.ArgumentParser(
        prog="python3 -m development",
        description="Run, try and test nautobot-wow on this machine. Everything it makes is in one folder, .wow/.",
        epilog=f"Settings of Nautobot: {SETTINGS.name}. WOW_VENV names another virtual environment, used as it is. "
        "pip's own settings (PIP_INDEX_URL and so on) are respected.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    _add_up(commands)
    _add(commands, "down", down, "end everything that `up` started; its data stay")
    one = _add(commands, "status", status, "what runs, and where; the exit code is 0 when everything does")
    one.add_argument("--json", action="store_true", help="for scripts: addresses, API token, database, lab, processes")
    _add_test(commands)
    _add(commands, "bench", bench, "measure; the words after it choose what, `bench --help` names them", free=True)
    one = _add(commands, "reset", reset, "end everything and delete the data; the virtual environment stays")
    one.add_argument("--environment", action="store_true", help="delete the virtual environment as well")
    one = _add(commands, "logs", logs, "the end of each process's log")
    one.add_argument("name", nargs="?", help="web, worker, beat, lab, postgres, valkey, install, prepare")
    one.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    one.add_argument("-n", "--lines", type=int, default=20, help="how many lines; default %(default)s")
    one = _add(commands, "sync", sync, "run the Job for one System, or for all enabled ones, and wait")
    one.add_argument("system", nargs="?", help="the name of a System")
    one.add_argument("--dry-run", action="store_true", help="only show what would change")
    _add(commands, "shell", shell, "Nautobot's Python shell on the running database")
    _add(commands, "snapshot", snapshot, "rebuild the shipped database snapshot by migrating from nothing (minutes)")
    return top


def _add_up(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = _add(
        commands,
        "up",
        up,
        "install what is needed, start everything, reconcile the lab into Nautobot, and say where to look; again, it "
        "is quick and changes nothing",
    )
    one.add_argument("--foreground", action="store_true", help="stay; Ctrl-C or a process that dies ends everything")
    one.add_argument("--no-lab", dest="lab", action="store_false", help="no simulators: a Nautobot for real systems")
    one.add_argument("--no-sync", dest="sync", action="store_false", help="do not run the main job")
    one.add_argument("--guests", type=int, help="scale the lab to that many guests")
    one.add_argument("--port", type=int, help="where the web pages should be; default 8080, or another free port")
    one.add_argument("--admin-password", help="instead of one that is made at the first start; also WOW_ADMIN_PASSWORD")
    one.add_argument("--api-token", help="40 letters and digits instead of a new one; also WOW_API_TOKEN")


def _add_test(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    one = _add(
        commands,
        "test",
        test,
        "format, lint, types, import contracts, migrations, then all tests; words it does not know go to pytest",
        free=True,
    )
    one.add_argument("--fast", action="store_true", help="only tests that need no database, and nothing else")
    one.add_argument("--only", choices=("checks", "tests"), help="only one half of it")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: object, text: str, free: bool = False
) -> argparse.ArgumentParser:
    usage = f"python3 -m development {name} [options] ..." if free else None
    one = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        usage=usage,
        allow_abbrev=False,
        add_help=name != "bench",
    )
    one.add_argument("--state", default=str(DEFAULT_STATE), metavar="FOLDER", help="keep state elsewhere than in .wow/")
    one.set_defaults(run=run)
    return one
