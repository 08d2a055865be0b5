"""How a start decides between development and production, and what it refuses with a sentence."""

import socket
from pathlib import Path

import pytest

from config import launch, machine


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the project, and nothing set in the environment."""
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    monkeypatch.setattr(launch, "VAR", tmp_path / "var")
    for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "PORT", "HOST", "WEB_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_bare_machine_is_somebodys_own_and_gets_debug(place: Path) -> None:
    settings = launch.environment()
    assert (settings["PORT"], settings["HOST"], settings["DEBUG"]) == ("8000", "127.0.0.1", "on")
    assert launch.is_debug(settings)


@pytest.mark.parametrize("line", ["SECRET_KEY=x", "ALLOWED_HOSTS=a.example", "DEBUG=off"])
def test_whatever_speaks_of_production_keeps_debug_off(place: Path, line: str) -> None:
    (place / ".env").write_text(f"# ours\nexport PORT='9000'\n{line}\n")
    settings = launch.environment()
    assert settings["PORT"] == "9000"
    assert "DEBUG" not in settings
    assert not launch.is_debug(settings)


def test_the_environment_goes_before_the_file(place: Path, monkeypatch) -> None:
    (place / ".env").write_text("PORT=9000\n")
    monkeypatch.setenv("PORT", "9001")
    assert launch.environment()["PORT"] == "9001"


def test_a_port_in_use_is_refused_with_the_next_one_to_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"(?s)Port {port} .*PORT={port + 1} make run"):
            launch.need_port({"PORT": str(port), "HOST": "127.0.0.1"})


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SystemExit, match="write a number from 1 to 65535"):
        launch.need_port({"PORT": port, "HOST": "127.0.0.1"})


def test_one_folder_runs_once(place: Path) -> None:
    with launch.only_once(), pytest.raises(SystemExit, match="already runs from this folder"):
        launch.only_once()
    launch.only_once().close()
