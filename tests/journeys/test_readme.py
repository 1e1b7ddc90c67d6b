"""What the documents say can be done and found: commands run, paths exist, the index of decisions is whole."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.command import main
from deploy.embedded.home import CHECKOUT, Running
from deploy.embedded.parts import PROJECTS

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "services/README.md", "deploy/README.md")
OURS = "./samsyn"
ELSEWHERE = {
    "$XDG_DATA_HOME/samsyn/<checkout>",
    "~/.local/share",
    "/var/lib/samsyn/<checkout>",
    ".samsyn/data",
    "<organisation>/<year>",
}
"""Paths that are on the reader's machine and not in the project."""


def text(document: str) -> str:
    return (CHECKOUT / document).read_text(encoding="utf-8")


def shell_lines(document: str) -> list[str]:
    """Commands in the document's shell blocks, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text(document), re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(OURS)]


EXAMPLES = {
    "FACTS.toml": "README.md",
    "DIR": "docs",
    "DUMP": "README.md",
    "ORGANISATION": "o5ek",
    "HOUSE": "consent",
    "COMMAND": "migrate",
    "sv|en": "sv",
}
"""What stands in capitals, or as a choice, is the reader's to fill in: one right word for each, a file or folder where one must exist."""


def known(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command is not None, name
    return command


def named_commands(document: str) -> list[str]:
    """Every command of ours that a document names, in blocks and in its sentences; `[...]` marks what may be left out."""
    inline = re.findall(rf"`({re.escape(OURS)}[^`]*)`", text(document))
    return sorted({re.sub(r"\[\.\.\.\]", "", line).replace("[", "").replace("]", "").strip() for line in [*shell_lines(document), *inline]})


def test_the_readme_has_its_two_commands() -> None:
    assert shell_lines("README.md") == ["./samsyn demo", "./samsyn test"]
    assert {"./samsyn demo --exit", "./samsyn up", "./samsyn help"} <= set(named_commands("README.md"))


@pytest.mark.parametrize("line", sorted({line for document in DOCUMENTS for line in named_commands(document)} - {OURS}))
def test_a_command_that_a_document_names_is_understood(line: str) -> None:
    _, name, *arguments = [EXAMPLES.get(word, word) for word in shlex.split(line.replace("\\|", "|")) if word != "..."]
    command = known(name)

    with command.make_context(name, arguments) as context:
        assert context.command is command


def test_a_command_that_nobody_knows_would_be_seen() -> None:
    with pytest.raises(click.UsageError):
        known("demo").make_context("demo", ["--for-ever"])


async def run(*arguments: str) -> tuple[int, str]:
    """The command as the launcher hands over to it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PROJECTS))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "deploy.command", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_help_lists_every_command_with_a_line() -> None:
    code, said = await run("help")

    assert code == 0
    listed = dict(re.findall(r"^  ([\w-]+)  +(\S.*)$", said.partition("Commands:")[2], re.MULTILINE))
    commands = main.list_commands(click.Context(main))
    assert set(listed) == set(commands)
    assert {name for name in commands if f"`{OURS} {name}" not in text("deploy/README.md")} == set()


async def test_the_demo_tells_its_story_where_everything_is_up_and_leaves_it_so(running_suite: Running) -> None:
    code, said = await run("demo", "--exit", "--data", str(running_suite.home))

    assert code == 0, said
    assert "Verdict: as promised" in said
    steps = len(re.findall(r"^\d\. ", text("README.md").partition("What you see then")[2], re.MULTILINE))
    assert f"{steps}. " in said
    assert (await run("status", "--data", str(running_suite.home)))[0] == 0


def named_paths(document: str) -> Iterator[str]:
    """Paths that a document names: its links, and what stands between backticks and has a slash or a file's ending."""
    whole = re.sub(r"```.*?```", "", text(document), flags=re.DOTALL)
    yield from (link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", whole) if not link.startswith("http"))
    for token in re.findall(r"`([^`\s]+)`", whole):
        if re.search(r"/|\.(py|md|toml|sql|json|lock)$", token) and not re.match(r"https?:|nats:|tls:|smtps?:|postgres|/|\.", token):
            yield token


def exists(token: str, *bases: Path) -> bool:
    """Whether something in the project is so named; `<house>` and the like stand for anything."""
    pattern = re.sub(r"<[^>]+>", "*", token.removeprefix("./").rstrip("/"))
    return any(any(base.glob(pattern)) for base in bases)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str, running_suite: Running) -> None:
    rooms = [folder for folder in (CHECKOUT / "services").iterdir() if folder.is_dir()]
    bases = [CHECKOUT, (CHECKOUT / document).parent, running_suite.home, *rooms, CHECKOUT / "shared", CHECKOUT / "deploy"]
    paths = sorted(set(named_paths(document)) - ELSEWHERE)

    assert paths
    assert [path for path in paths if not exists(path, *bases)] == []


def test_a_path_that_is_not_there_would_be_seen() -> None:
    assert exists("services/<house>/app.py", CHECKOUT)
    assert not exists("services/<house>/cellar/", CHECKOUT)


def test_the_index_of_decisions_names_each_of_them_by_its_title() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    files = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in folder.glob("[0-9]*.md")}
    listed = re.findall(r"^- \[(\d{4})\]\(\./([^)]+)\) (.+)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert [name for _, name, _ in listed] == sorted(files)
    assert all(name.startswith(number) for number, name, _ in listed)
    assert [title for _, name, title in listed if title not in files[name]] == []
