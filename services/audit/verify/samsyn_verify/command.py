"""The command `samsyn-verify`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .archive import check_archive
from .note import Key, NoteError, read_keys
from .proof import check_proof
from .receipt import check_receipt
from .sample import check_sample
from .texts import say
from .trust import check_trust, key_lines
from .verdict import BROKEN, CANNOT_TELL, WHOLE, Verdict
from .witnesses import Policy, read_policy

_EVERY = 100_000  # entries between two lines of progress


class _InputError(Exception):
    def __init__(self, code: str, name: str) -> None:
        super().__init__(code)
        self.code = code
        self.name = name


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one file, print the verdict, and give the exit code: 0 whole, 1 broken, 2 cannot tell."""
    given = _parser().parse_args(arguments)
    try:
        verdict = _run(given)
    except _InputError as error:
        verdict = Verdict(log=given.file.name)
        verdict.unknown(error.code, name=error.name)
    except KeyboardInterrupt:
        verdict = Verdict(log=given.file.name)
        verdict.unknown("interrupted")
    sys.stdout.write(_report(given.lang, verdict, given.what))
    return verdict.exit


def _run(given: argparse.Namespace) -> Verdict:
    if given.what == "receipt":
        return check_receipt(_read(given.file), _read(given.keys), lang=given.lang)
    keys = _trusted(given.trust)
    if given.what == "trust":
        return _trust(given, keys)
    if given.what == "proof":
        entry = _read(given.entry) if given.entry else None
        return check_proof(_read(given.file), keys=keys, entry=entry, policy=_policy(given.policy))
    if given.what == "sample":
        return check_sample(_read(given.file), given.archive, keys=keys)
    kept = [_read(path) for path in given.checkpoint]
    return check_archive(
        given.file, kept=kept, keys=keys, earlier=given.earlier, progress=_Progress(given.lang), state=given.state, anew=given.anew
    )


def _trust(given: argparse.Namespace, keys: list[Key] | None) -> Verdict:
    data = _read(given.file)
    verdict = check_trust(data, keys=keys, earlier=_read(given.earlier) if given.earlier else None)
    if given.keys is not None and verdict.exit == WHOLE:
        given.keys.write_text(key_lines(data), encoding="utf-8")
    return verdict


def _report(lang: str, verdict: Verdict, what: str) -> str:
    headline = {WHOLE: "whole", BROKEN: "broken", CANNOT_TELL: "unknown"}[verdict.exit] + ("-receipt" if what == "receipt" else "")
    lines = [f"  {number}. {say(lang, code, **facts)}" for number, (code, facts) in enumerate(verdict.done, 1)]
    lines += [f"  ! {say(lang, code, **facts)}" for code, facts in verdict.findings]
    lines += [f"  - {say(lang, code, **facts)}" for code, facts in verdict.remarks]
    return "\n".join([say(lang, headline, log=verdict.log), *lines]) + "\n"


class _Progress:
    """A line to standard error now and then, so that a large archive shows how far it is."""

    def __init__(self, lang: str) -> None:
        self._lang, self._shown = lang, 0

    def __call__(self, done: int, size: int) -> None:
        if done // _EVERY > self._shown:
            self._shown = done // _EVERY
            sys.stderr.write(say(self._lang, "progress", done=done, size=size, percent=100 * done // size) + "\n")


def _trusted(path: Path | None) -> list[Key] | None:
    if path is None:
        return None
    try:
        return read_keys(_read(path).decode("utf-8", "replace"))
    except NoteError:
        raise _InputError("trust-malformed", str(path)) from None


def _policy(path: Path | None) -> Policy | None:
    if path is None:
        return None
    try:
        return read_policy(_read(path).decode("utf-8", "replace"))
    except NoteError:
        raise _InputError("policy-malformed", str(path)) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _InputError("input-unreadable", str(path)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="samsyn-verify", description="Check what a Samsyn audit log claims. No database, no network.")
    what = parser.add_subparsers(dest="what", required=True)
    archive = what.add_parser("archive", help="a whole log, exported as a zip")
    archive.add_argument("--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="a checkpoint you kept")
    archive.add_argument("--earlier", type=Path, metavar="ZIP", help="an archive you kept: names what is another one now")
    archive.add_argument(
        "--state", type=Path, metavar="FILE", help="what you verified before: only what is new is hashed, a step back is found"
    )
    archive.add_argument("--anew", action="store_true", help="with --state: hash every entry all the same")
    proof = what.add_parser("proof", help="the proof of one entry (tlog-proof)")
    proof.add_argument("--policy", type=Path, metavar="FILE", help="which witnesses must have signed (tlog-policy)")
    proof.add_argument("--entry", type=Path, metavar="FILE", help="the entry's bytes, when you have them yourself")
    sample = what.add_parser("sample", help="the sample of a review, drawn again from an exported log")
    sample.add_argument("--archive", type=Path, required=True, metavar="ZIP", help="the log that it was drawn from")
    trust = what.add_parser("trust", help="what is to be trusted, as audit says: signed, logged, and your own keys in it")
    trust.add_argument("--earlier", type=Path, metavar="FILE", help="the version you kept")
    trust.add_argument("--keys", type=Path, metavar="FILE", help="where to write the keys in it, when it is whole: for --trust elsewhere")
    for sub in (archive, proof, sample, trust):
        sub.add_argument("file", type=Path)
        sub.add_argument("--trust", type=Path, metavar="FILE", help="the log's verifier keys, one a line")
        sub.add_argument("--lang", choices=("sv", "en"), default="sv")
    receipt = what.add_parser("receipt", help="a family's receipt for an answer or a withdrawal")
    receipt.add_argument("file", type=Path, help="the signed text, or the JSON that holds it")
    receipt.add_argument("--keys", type=Path, metavar="FILE", required=True, help="the house's receipt keys (JWK Set), as you kept them")
    receipt.add_argument("--lang", choices=("sv", "en"), default="sv")
    return parser
