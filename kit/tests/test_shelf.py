"""A shelf holds so many bytes; what was asked for last stays longest."""

from kit.shelf import Shelf


def test_what_was_not_asked_for_goes_first():
    shelf = Shelf(10)
    shelf.put("a", b"1234")
    shelf.put("b", b"1234")
    assert shelf.get("a") == b"1234"

    shelf.put("c", b"1234")

    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (b"1234", None, b"1234")
    assert shelf.size == 8


def test_the_same_key_is_counted_once_and_can_be_dropped():
    shelf = Shelf(10)
    shelf.put("a", b"1234")
    shelf.put("a", b"12")
    assert shelf.size == 2

    shelf.drop("a")
    shelf.drop("a")

    assert (shelf.get("a"), shelf.size) == (None, 0)


def test_what_would_fill_the_shelf_alone_is_not_kept():
    shelf = Shelf(10)
    shelf.put("a", b"123")
    shelf.put("b", b"123456")

    assert (shelf.get("b"), shelf.get("a")) == (None, b"123")
