"""Writers to SQLite take turns; nothing waits where waiting would not help."""

import threading

import pytest
from django.db import connection, transaction

from kit.turns import one_at_a_time, turn


@pytest.fixture
def on_file(monkeypatch, tmp_path):
    """A database in a file, as far as turns are concerned."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite takes turns")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "db.sqlite3"))
    return tmp_path


def test_two_writers_are_never_in_at_once(on_file):
    inside, most = 0, 0
    both_started = threading.Barrier(4)

    def write():
        nonlocal inside, most
        both_started.wait()
        for _ in range(50):
            with turn():
                inside += 1
                most = max(most, inside)
                inside -= 1

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert (most, inside) == (1, 0)


def test_one_process_serves_one_at_a_time_and_passes_on_what_comes_of_it():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite is served one at a time")
    inside, most = 0, 0
    started = threading.Barrier(4)

    @one_at_a_time
    def serve(number):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        inside -= 1
        if number == 13:
            raise ZeroDivisionError
        return number

    def visit():
        started.wait()
        assert [serve(number) for number in range(10)] == list(range(10))

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()

    assert (most, inside) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        serve(13)
    assert serve(1) == 1


def test_a_turn_is_given_back_when_its_work_fails(on_file):
    with pytest.raises(ZeroDivisionError), turn():
        raise ZeroDivisionError

    with turn():
        pass
    assert [path.name for path in on_file.iterdir()] == ["db.sqlite3.turn"]


@pytest.mark.django_db
def test_inside_a_transaction_nobody_waits(on_file):
    with turn(), transaction.atomic(), turn():
        pass


def test_a_database_in_memory_needs_no_turns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(connection.settings_dict, "NAME", "file:memorydb?mode=memory")

    with turn():
        assert list(tmp_path.iterdir()) == []
