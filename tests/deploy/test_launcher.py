"""The launcher on a small checkout: one package, made here, from a folder instead of an index."""

import hashlib
import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tests.eventually import eventually

LAUNCHER = Path(__file__).resolve().parents[2] / "samsyn"


class Checkout:
    """A folder with the launcher, a lock and a command that says what it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder / "checkout", folder / "wheels"
        (self.folder / "deploy").mkdir(parents=True)
        self.wheels.mkdir()
        shutil.copy(LAUNCHER, self.folder / "samsyn")
        (self.folder / "deploy" / "command.py").write_text("import sys, tiny\nprint(tiny.VERSION, *sys.argv[1:])\n")
        self.lock("1.0")

    def lock(self, version: str, *, digest: str | None = None) -> None:
        wheel = self.wheels / f"tiny-{version}-py3-none-any.whl"
        info = f"tiny-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr("tiny.py", f"VERSION = '{version}'\n")
            file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
            file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            file.writestr(f"{info}/RECORD", "")
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.folder / "requirements.lock").write_text(f"tiny=={version} \\\n    --hash=sha256:{digest}\n")

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [str(self.folder / "samsyn"), *arguments]
        return subprocess.Popen(command, cwd="/", env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.begin(*arguments)
        said, told = process.communicate(timeout=60)
        return process.returncode, said, told

    def venvs(self) -> list[Path]:
        return sorted((self.folder / ".samsyn").glob("venv-*"))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_start_builds_and_the_second_only_runs(checkout: Checkout) -> None:
    first = checkout.run("up", "--data", "x")
    began = time.monotonic()
    second = checkout.run("status")

    assert first[:2] == (0, "1.0 up --data x\n")
    assert "1 packages, each checked against its hash" in first[2]
    assert second == (0, "1.0 status\n", "")
    assert time.monotonic() - began < 3  # no pip in it


def test_a_changed_lock_builds_anew_and_the_old_environment_stays(checkout: Checkout) -> None:
    checkout.run()
    checkout.lock("2.0")

    assert checkout.run()[1] == "2.0\n"
    assert len(checkout.venvs()) == 2
    checkout.lock("1.0")
    assert checkout.run()[1] == "1.0\n"


def test_a_wrong_hash_is_refused_and_nothing_is_taken_for_complete(checkout: Checkout) -> None:
    checkout.lock("1.0", digest="0" * 64)

    code, said, told = checkout.run()

    assert code != 0
    assert not said
    assert "HASH" in told.upper()
    assert not [venv for venv in checkout.venvs() if (venv / "complete").exists()]


async def test_a_killed_build_is_done_again(checkout: Checkout) -> None:
    killed = checkout.begin()
    await eventually(checkout.venvs)
    killed.kill()
    killed.communicate()
    assert not (checkout.venvs()[0] / "complete").exists()

    code, said, told = checkout.run()

    assert (code, said) == (0, "1.0\n")
    assert "first use" in told


def test_of_two_first_starts_one_builds_and_both_run(checkout: Checkout) -> None:
    both = [checkout.begin("one"), checkout.begin("two")]
    ends = [process.communicate(timeout=60) for process in both]

    assert [said for said, _ in ends] == ["1.0 one\n", "1.0 two\n"]
    assert sum("first use" in told for _, told in ends) == 1


def test_another_folder_can_be_named_and_the_checkout_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    environment = {**checkout.environment, "SAMSYN_HOME": str(tmp_path / "elsewhere")}

    subprocess.run([checkout.folder / "samsyn"], env=environment, check=True, capture_output=True)

    assert not checkout.venvs()
    assert list((tmp_path / "elsewhere").glob("venv-*/complete"))
