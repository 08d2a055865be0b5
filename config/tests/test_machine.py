"""What a bare machine is told, in one sentence with one command."""

import pytest

from config import machine


def _lacking(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    missing = {name: (f"{name}-is-nowhere.so",) for name in libraries}
    monkeypatch.setattr(machine, "LIBRARIES", missing)
    monkeypatch.setattr(machine, "may_install", lambda: False)
    monkeypatch.setattr(machine, "package_manager", lambda: "apt-get")


def test_missing_libraries_are_named_with_the_command_that_installs_them(monkeypatch) -> None:
    _lacking(monkeypatch, "libpango-1.0", "libpangoft2-1.0")
    with pytest.raises(SystemExit) as told:
        machine.need_system()
    sentence = str(told.value)
    assert "lacks libpango-1.0, libpangoft2-1.0: install" in sentence
    assert "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0" in sentence
    assert sentence.strip().count("\n") == 0


def test_a_machine_with_all_of_them_is_told_nothing(monkeypatch) -> None:
    monkeypatch.setattr(machine, "LIBRARIES", {"the C library": ("libc.so.6", "libSystem.dylib")})
    assert machine.missing_libraries() == []
    machine.need_system()


def test_a_change_of_the_pinned_packages_asks_for_a_new_installation(tmp_path, monkeypatch) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text("Django==5.2.1")
    before = machine._digest([pins])
    assert machine._digest([pins]) == before
    pins.write_text("Django==5.2.2")
    assert machine._digest([pins]) != before
