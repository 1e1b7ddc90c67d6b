"""The end of step 7: the organisations sign what they saw of the log, so that nobody can show one of them another log than the others."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.demo.proof import OWNER, verifier
from deploy.demo.stage import Stage, until
from deploy.embedded.witnesses import POLICY, pinned_key, witness_all
from shared.clock import utc_now


async def witnessed(stage: Stage) -> None:
    """Each organisation's kit signs the root log; the officer sees by how many, and checks the proof where there is only the verifier."""
    tell = stage.narrator
    tell.step("Every organisation witnesses the log: a log that was bent would have to be bent past all of them")
    officer = await stage.staff("school-dpo", "audit")

    async def all_signed() -> Any:
        said = await witness_all(stage.running)
        found = await stage.call(officer, "GET", "audit", "/v1/root/witnesses", expect=200)
        return found if said and found["state"] == "held" and len(found["signed"]) == len(found["known"]) else None

    found = await until(all_signed, "the witnesses' signatures")
    tell.show(
        "witnessed by", f"{len(found['signed'])} of {len(found['known'])}: {', '.join(found['signed'])}; size {found['witnessed_size']}"
    )
    proof = await stage.call(officer, "GET", "audit", f"/v1/root/proofs/{OWNER}/{utc_now().year}", expect=200)
    with TemporaryDirectory(prefix="samsyn-demo-") as folder:
        file, keys = _write(Path(folder), proof["proof"], pinned_key(stage.running.home))
        policy = stage.running.home / "config" / POLICY
        code, said = await verifier("proof", str(file), "--trust", str(keys), "--policy", str(policy), "--lang", "en")
    tell.check("the witnessed proof holds by the stand-alone verifier", holds=code == 0 and proof["quorum"] is True, seen=said)


def _write(folder: Path, proof: str, key: str) -> tuple[Path, Path]:
    file, keys = folder / "root.tlog-proof", folder / "root.key"
    file.write_text(proof, encoding="utf-8")
    keys.write_text(f"{key}\n", encoding="utf-8")
    return file, keys
