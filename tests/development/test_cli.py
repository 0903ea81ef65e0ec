"""The command line: what it explains, how it ends."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from development import cli
from development.paths import REPOSITORY
from development.problems import Problem

COMMANDS = ("up", "down", "status", "test", "bench", "reset", "logs", "sync", "shell", "snapshot")


def run(*arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-m", "development", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_explains_every_command(tmp_path: Path) -> None:
    said = run("--help", cwd=tmp_path).stdout
    for command in COMMANDS:
        assert re.search(rf"^    {command} +\w", said, re.M), command


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "bench"])
def test_every_command_has_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([command, "--help"])
    assert "--state" in capsys.readouterr().out


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["up", "--frobnicate"])
    assert "--frobnicate" in capsys.readouterr().err


def test_without_anything_running_status_says_so_and_fails(tmp_path: Path) -> None:
    done = run("status", "--state", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "Nothing runs" in done.stdout
    assert not (tmp_path / "none").exists()


def test_without_anything_running_down_is_content(tmp_path: Path) -> None:
    assert run("down", "--state", str(tmp_path / "none")).returncode == 0


@pytest.mark.parametrize("command", ["sync", "shell"])
def test_commands_that_need_nautobot_say_how_to_start_it(command: str, tmp_path: Path) -> None:
    done = run(command, "--state", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "development up" in done.stderr


def test_a_problem_ends_with_the_end_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "web.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))
    assert cli._explain(Problem("The web server did not start", log)) == 1
    said = capsys.readouterr().err
    assert "The web server did not start" in said
    assert "line 99" in said
    assert "line 60" not in said


def test_a_python_that_is_too_old_can_still_read_the_entry() -> None:
    ast.parse((REPOSITORY / "development" / "__main__.py").read_text(), feature_version=(3, 6))


def test_the_launcher_imports_only_the_standard_library() -> None:
    launcher = sorted((REPOSITORY / "development").glob("*.py"))
    for path in launcher:
        if path.name == "nautobot_config.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                roots = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                roots = [str(node.module).split(".")[0]]
            else:
                continue
            for root in roots:
                assert root in sys.stdlib_module_names or root == "development", f"{path.name} imports {root}"


def test_continuous_integration_runs_the_test_command() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "python3 -m development test" in script.read_text()


def test_pre_commit_runs_the_same_checks() -> None:
    assert "python3 -m development test --only checks" in (REPOSITORY / ".pre-commit-config.yaml").read_text()
