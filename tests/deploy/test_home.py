"""The data folder and its ports."""

import os
import socket
from pathlib import Path

import pytest

from deploy.embedded import ports
from deploy.embedded.home import Home, Running, write_whole


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "data")
    made.make()
    return made


def _close(sockets: dict[str, socket.socket]) -> dict[str, int]:
    numbers = ports.numbers(sockets)
    for opened in sockets.values():
        opened.close()
    return numbers


def test_taken_ports_are_replaced_by_free_ones_and_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, 0)) as taken:
        monkeypatch.setitem(ports.USUAL, "consent", taken.getsockname()[1])
        first = _close(ports.listen(home))

        second = _close(ports.listen(home))

        assert first["consent"] != taken.getsockname()[1]
        assert first == second


def test_two_homes_run_side_by_side(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.make()

    first = ports.listen(home)
    second = ports.listen(other)

    assert not set(_close(first).values()) & set(_close(second).values())


def test_the_providers_port_does_not_move_once_chosen(home: Home) -> None:
    chosen = _close(ports.listen(home))

    with socket.create_server((ports.HOST, chosen["provider"])), pytest.raises(ports.PortTaken, match="provider"):
        ports.listen(home)


def test_a_house_moves_when_its_port_has_been_taken_since(home: Home) -> None:
    chosen = _close(ports.listen(home))

    with socket.create_server((ports.HOST, chosen["audit"])):
        moved = _close(ports.listen(home))

    assert moved["audit"] != chosen["audit"]
    assert moved["provider"] == chosen["provider"]


def test_only_one_holds_a_home(home: Home) -> None:
    assert home.hold()

    assert not Home(home.folder).hold()
    home.release()
    assert Home(home.folder).hold()


def test_what_a_killed_supervisor_announced_does_not_count(home: Home) -> None:
    home.announce(Running(home=home.folder, pid=os.getpid(), addresses={}))

    assert home.running() is None  # nobody holds the lock


def test_secrets_are_the_owners_alone(home: Home) -> None:
    write_whole(home.secrets / "x", b"y")

    assert home.secrets.stat().st_mode & 0o777 == 0o700
    assert (home.secrets / "x").stat().st_mode & 0o777 == 0o600


def test_new_folders_can_be_passed_by_roots_database_user_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        Home(tmp_path / "a" / "b").make()
    finally:
        os.umask(before)

    wanted = 0o711 if os.geteuid() == 0 else 0o700
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "b")] == [wanted, wanted]
