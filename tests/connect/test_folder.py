"""The inbox as a folder: each item is one file, placed once, whatever the program was doing when it was cut off."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from samsyn_connect.folder import Folder, Poller
from samsyn_connect.messages import InboxNotice

from deploy.demo.stage import Stage
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect.play import OverHttp, attendance, permit


class CutOff(Exception):
    """The program ended here."""


def items(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_placing_cut_off_anywhere_is_ended_or_begun_again_and_never_done_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    delivery, rename, left = new_id(), Path.rename, iter([True] * renames)

    def cut(path: Path, target: Path) -> Path:
        if not next(left, False):
            raise CutOff
        return rename(path, target)

    with monkeypatch.context() as patched:
        begun = Folder(tmp_path)
        patched.setattr(Path, "rename", cut)
        with pytest.raises(CutOff):
            begun.place(delivery, {"n": 1}, now=utc_now())
    assert items(tmp_path) == [], "a half is never shown"

    again = Folder(tmp_path)
    if again.placed_at(delivery) is None:
        again.place(delivery, {"n": 1}, now=utc_now())
    assert items(tmp_path) == [f"{delivery}.json"]
    (tmp_path / f"{delivery}.json").unlink()  # their system took it
    assert Folder(tmp_path).placed_at(delivery) is not None
    assert items(tmp_path) == []


async def test_an_item_is_filed_once_receipted_and_confirmed(stage: Stage, school: OverHttp, clinic: OverHttp, tmp_path: Path) -> None:
    for system in (school, clinic):
        await system.empty()
    permitted = await permit(stage)
    written = [attendance(stage, permitted)]
    (sent,) = await school.connection.send(UUID(permitted["permit_id"]), written, now=utc_now(), request_id=str(new_id()))
    assert sent.delivery_id is not None
    file = tmp_path / f"{sent.delivery_id}.json"

    confirm: Callable[..., object] = clinic.connection.confirm

    async def cut(*_args: object, **_options: object) -> int:
        assert file.exists(), "the receipt came after the file"
        raise CutOff

    clinic.connection.confirm = cut  # type: ignore[method-assign]
    with pytest.raises(CutOff):
        await Poller(clinic.transport, clinic.connection, Folder(tmp_path)).run_once(utc_now())
    clinic.connection.confirm = confirm  # type: ignore[method-assign,assignment]
    filed = json.loads(file.read_bytes())
    assert (filed["content"]["absent_days"], filed["case_id"]) == (19.5, stage.case_id)
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()  # their system took it before we came back

    poller = Poller(clinic.transport, clinic.connection, Folder(tmp_path))
    assert await poller.run_once(utc_now()) == [f"{sent.delivery_id}: stored"]
    assert items(tmp_path) == [], "not placed twice"
    assert await poller.run_once(utc_now()) == [], "the notice is confirmed"
    said = await Poller(school.transport, school.connection, Folder(tmp_path / "school")).run_once(utc_now())
    assert said == ["receipt: noted"], "the receipt after the crash is the same receipt"


async def test_what_is_stopped_is_deleted_here_or_asked_of_who_took_it(clinic: OverHttp, tmp_path: Path) -> None:
    folder, here, taken = Folder(tmp_path), new_id(), new_id()
    now = utc_now()
    folder.place(here, {"n": 1}, now=now)
    assert (folder.take_back(here, now=now), folder.take_back(here, now=utc_now())) == (now, now)
    assert items(tmp_path) == []
    assert [path.name for path in (tmp_path / ".taken").iterdir() if b"n" in path.read_bytes()] == []

    folder.place(taken, {"n": 2}, now=now)
    (tmp_path / f"{taken}.json").unlink()
    body = {"delivery_id": str(taken), "released": True}
    stop = InboxNotice(position=1, id=new_id(), name="stopped", at=now, body=body)

    class Waiting:
        async def inbox(self, **_options: int) -> list[InboxNotice]:
            return [stop]

    said = await Poller(Waiting(), clinic.connection, folder).run_once(now)  # type: ignore[arg-type]
    assert said == [f"{taken}: stopped, to be deleted in your own system"]
    assert items(tmp_path / "stopped") == [f"{taken}.json"]


async def test_what_is_not_released_is_noted_and_lets_the_rest_through(clinic: OverHttp, tmp_path: Path) -> None:
    unknown = InboxNotice(position=1, id=new_id(), name="delivery", at=utc_now(), body={"delivery_id": str(new_id())})

    class Waiting:
        async def inbox(self, **_options: int) -> list[InboxNotice]:
            return [unknown]

    (said,) = await Poller(Waiting(), clinic.connection, Folder(tmp_path)).run_once(utc_now())  # type: ignore[arg-type]
    assert said.startswith(f"{unknown.body['delivery_id']}: not-")
    assert items(tmp_path / "notices") == [f"{unknown.id}.json"]
