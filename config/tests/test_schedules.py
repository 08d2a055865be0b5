"""The table of periodic tasks, and what of it is written for django-q2."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from config import schedules

AT = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("task", schedules.TABLE, ids=lambda task: task.name)
def test_every_task_can_be_imported_and_called_without_arguments(task):
    function = import_string(task.function)

    assert callable(function)
    assert function.__code__.co_argcount == 0


def test_no_name_stands_twice():
    names = [task.name for task in schedules.TABLE]
    assert sorted(names) == sorted(set(names))


def test_the_outbox_is_swept_twice_a_minute():
    sweeps = [task for task in schedules.TABLE if task.function == "programmes.tasks.sweep"]
    assert [(task.minutes, task.offset) for task in sweeps] == [(1, 0), (1, 30)]


@pytest.mark.django_db
def test_every_task_becomes_one_row():
    schedules.sync(at=AT)

    rows = Schedule.objects.values_list("name", "func", "minutes", "next_run")
    assert set(rows) == {
        (task.name, task.function, task.minutes, AT + timedelta(seconds=task.offset))
        for task in schedules.TABLE
    }


@pytest.mark.django_db
def test_a_second_time_nothing_is_written_and_next_runs_stay():
    schedules.sync(at=AT)
    before = list(Schedule.objects.order_by("pk").values())

    assert schedules.sync(at=AT + timedelta(hours=5)) == []
    assert list(Schedule.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_doubles_and_rows_of_tasks_that_are_no_more_go():
    schedules.sync(at=AT)
    first = Schedule.objects.get(name="tidy")
    Schedule.objects.create(name="tidy", func="programmes.tasks.tidy", schedule_type="D")
    Schedule.objects.create(name="", func="long.gone", schedule_type="D")

    said = schedules.sync(at=AT)

    assert said == ["tidy: deleted", "long.gone: deleted"]
    assert Schedule.objects.get(name="tidy") == first
    assert Schedule.objects.count() == len(schedules.TABLE)


@pytest.mark.django_db
def test_a_row_somebody_changed_is_put_right():
    schedules.sync(at=AT)
    Schedule.objects.filter(name="tidy").update(minutes=3, args="1, 2")

    assert schedules.sync(at=AT) == ["tidy: changed args, minutes"]
    assert Schedule.objects.get(name="tidy").minutes == 24 * 60


@pytest.mark.django_db
def test_a_dry_run_says_what_it_would_do_and_writes_nothing(capsys):
    call_command("sync_schedules", "--dry-run")

    assert f"{len(schedules.TABLE)} would change" in capsys.readouterr().out
    assert not Schedule.objects.exists()


def test_the_clock_calls_each_function_once_however_late():
    clock = schedules.Clock(at=AT)
    clock.due(at=AT + timedelta(minutes=30))

    assert clock.due(at=AT + timedelta(minutes=30, seconds=59)) == []
    late = clock.due(at=AT + timedelta(days=2))
    assert sorted(late) == sorted({task.function for task in schedules.TABLE})
