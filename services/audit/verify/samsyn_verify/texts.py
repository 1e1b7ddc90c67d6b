"""Every sentence in Swedish and English. Codes are stable; a test holds both languages together."""

TEXTS: dict[str, tuple[str, str]] = {
    # verdicts
    "whole": ("HEL: loggen {log} stämmer.", "WHOLE: the log {log} holds."),
    "broken": ("INTE HEL: loggen {log} stämmer inte.", "BROKEN: the log {log} does not hold."),
    "unknown": ("GÅR INTE ATT AVGÖRA: {log}.", "CANNOT TELL: {log}."),
    "whole-receipt": ("ÄKTA: kvittot {log} är undertecknat och oförändrat.", "GENUINE: the receipt {log} is signed and unaltered."),
    "broken-receipt": ("INTE ÄKTA: kvittot stämmer inte.", "NOT GENUINE: the receipt does not hold."),
    "unknown-receipt": ("GÅR INTE ATT AVGÖRA om kvittot är äkta.", "CANNOT TELL whether the receipt is genuine."),
    "step-receipt": ("Underskriften är gjord med nyckeln {kid}.", "The signature was made with the key {kid}."),
    "receipt-altered": (
        "Kvittot har ändrats, eller någon annan än Samsyn har gjort det: underskriften stämmer inte.",
        "The receipt has been altered, or somebody else than Samsyn made it: the signature does not hold.",
    ),
    "receipt-unknown-key": (
        "Kvittot nämner en nyckel som inte finns bland dina: {kid}.",
        "The receipt names a key that is not among yours: {kid}.",
    ),
    "not-a-receipt": ("Filen är inget kvitto.", "The file is no receipt."),
    "receipt-keys-malformed": ("Nyckelfilen är ingen nyckelsamling (JWK Set).", "The key file is no JWK Set."),
    "receipt-shown": ("Kvittot säger:\n{receipt}", "The receipt says:\n{receipt}"),
    # steps
    "step-format": ("Arkivet går att läsa; det säger att det skrevs {when}.", "The archive can be read; it says it was written {when}."),
    "step-signed": ("Kontrollpunkten över {size} poster är undertecknad.", "The checkpoint over {size} entries is signed."),
    "step-hashed": ("{count} poster hashade på nytt från sina byte.", "{count} entries hashed anew from their bytes."),
    "step-root": (
        "Hasharna leder till den undertecknade roten över {size} poster.",
        "The hashes lead to the signed root over {size} entries.",
    ),
    "step-earlier": (
        "{count} tidigare kontrollpunkter är början på samma logg.",
        "{count} earlier checkpoints are the beginning of the same log.",
    ),
    "step-proofs": ("{count} konsistensbevis stämmer.", "{count} consistency proofs hold."),
    "step-compared": ("{count} poster är desamma som i det tidigare arkivet.", "{count} entries are the same as in the earlier archive."),
    "step-included": ("Posten ligger på index {index} av {size}.", "The entry lies at index {index} of {size}."),
    "step-scope": (
        "{count} av {count} poster i urvalet ligger i loggen; den har {size} poster, {rest} av dem bara som hashar.",
        "{count} of {count} entries in scope lie in the log; it has {size} entries, {rest} of them as hashes only.",
    ),
    "step-drawn": (
        "Urvalet på {count} poster blir detsamma när det dras på nytt ur roten över {size} poster.",
        "The sample of {count} entries is the same when drawn again from the root over {size} entries.",
    ),
    "step-witnessed": ("{count} vittnen har undertecknat kontrollpunkten: {names}.", "{count} witnesses signed the checkpoint: {names}."),
    "step-trust": ("Version {version} av vad som ska litas på är undertecknad.", "Version {version} of what is to be trusted is signed."),
    "step-trust-follows": ("Den följer på den version {kept} som du har.", "It follows the version {kept} that you kept."),
    # broken
    "trust-key-unlogged": (
        "Din nyckel för {key} står inte i det som loggats: den har bytts, eller någon har gett dig en annan.",
        "Your key for {key} does not stand in what was logged: it was changed, or somebody gave you another.",
    ),
    "trust-went-back": (
        "Version {version} följer inte på den version {kept} som du har.",
        "Version {version} does not follow the version {kept} that you kept.",
    ),
    "file-altered": ("Filen {name} är inte den som undertecknades.", "The file {name} is not the one that was signed."),
    "scope-count": ("Urvalet har {count} poster; undertecknat är {said}.", "The scope holds {count} entries; signed are {said}."),
    "out-of-scope": (
        "Posten med index {index} hör inte till urvalet, eller står inte i ordning.",
        "The entry with index {index} does not belong to the scope, or is out of order.",
    ),
    "sample-lacks": ("Posten med index {index} hör till urvalet men saknas där.", "The entry with index {index} is missing in the sample."),
    "sample-adds": ("Posten med index {index} hör inte till urvalet.", "The entry with index {index} does not belong to the sample."),
    "seed-differs": ("Fröet är inte roten i sin kontrollpunkt.", "The seed is not the root in its checkpoint."),
    "seed-not-first": (
        "Kontrollpunkten över {size} poster är inte den första efter planen.",
        "The checkpoint over {size} entries is not the first after the plan.",
    ),
    "plan-missing": ("Posten med index {index} är inte planen.", "The entry with index {index} is not the plan."),
    "plan-differs": (
        "Planen med index {index} säger något annat än urvalet.",
        "The plan with index {index} says otherwise than the sample.",
    ),
    "entry-altered": (
        (
            "Posten med index {index} har ändrats. Dess byte ger nu hashen {now}; "
            "kontrollpunkten över {size} poster undertecknade {kept}. Raden säger nu: {row}."
        ),
        (
            "The entry with index {index} has been altered. Its bytes now give the hash {now}; "
            "the checkpoint over {size} entries signed {kept}. The row now says: {row}."
        ),
    ),
    "entry-missing": (
        "Posten med index {index} saknas. Kontrollpunkten över {size} poster undertecknade en post med hashen {kept} där.",
        "The entry with index {index} is missing. The checkpoint over {size} entries signed an entry with the hash {kept} there.",
    ),
    "entries-altered-more": ("Ytterligare {count} poster stämmer inte.", "{count} more entries do not hold."),
    "rewritten-between": (
        (
            "Någon av posterna {first} till {last} har ändrats: de leder inte till roten som kontrollpunkten över {size} poster "
            "undertecknade. Hasharna i arkivet är omgjorda: vilken post det är visar bara ett tidigare arkiv (--earlier)."
        ),
        (
            "One of the entries {first} to {last} has been altered: they do not lead to the root that the checkpoint over {size} "
            "entries signed. The hashes in the archive were made anew: only an earlier archive (--earlier) shows which entry it is."
        ),
    ),
    "entry-altered-since": (
        "Posten med index {index} är en annan än i det tidigare arkivet. Där: {was}. Nu: {row}.",
        "The entry with index {index} is another one than in the earlier archive. There: {was}. Now: {row}.",
    ),
    "entry-missing-since": (
        "Posten med index {index} fanns i det tidigare arkivet ({was}) och saknas nu.",
        "The entry with index {index} was in the earlier archive ({was}) and is missing now.",
    ),
    "entries-extra": (
        "Arkivet har {count} poster fler än de {size} undertecknade.",
        "The archive has {count} entries more than the {size} signed.",
    ),
    "entries-too-few": ("Arkivet har {count} poster; undertecknat är {size}.", "The archive has {count} entries; signed are {size}."),
    "log-shrank": (
        "Loggen har blivit kortare: en kontrollpunkt över {signed} poster är undertecknad, arkivet har {size}.",
        "The log has become shorter: a checkpoint over {signed} entries is signed, the archive has {size}.",
    ),
    "manifest-differs": (
        "Manifestet säger {size} poster, kontrollpunkten {signed}.",
        "The manifest says {size} entries, the checkpoint {signed}.",
    ),
    "tile-altered": (
        "Posterna stämmer med roten, men hashen för index {index} i arkivets hashtabell har ändrats.",
        "The entries fit the root, but the hash of index {index} in the archive's tiles has been altered.",
    ),
    "proof-wrong": (
        "Konsistensbeviset från {first} till {second} stämmer inte.",
        "The consistency proof from {first} to {second} does not hold.",
    ),
    "wrong-signature": ("Underskriften i {name} är falsk.", "The signature in {name} is false."),
    "not-included": (
        "Posten ligger inte på index {index} i trädet över {size} poster: den, beviset eller indexet har ändrats.",
        "The entry does not lie at index {index} of the tree over {size} entries: it, the proof or the index has been altered.",
    ),
    # cannot tell
    "not-an-archive": ("Filen är inget zip-arkiv eller går inte att läsa.", "The file is no zip archive or cannot be read."),
    "format-unknown": ("Arkivets format är okänt ({name}).", "The archive's format is unknown ({name})."),
    "name-twice": ("Namnet {name} finns två gånger i arkivet.", "The name {name} occurs twice in the archive."),
    "file-unreadable": ("Filen {name} i arkivet saknas eller är skadad.", "The file {name} in the archive is missing or damaged."),
    "file-too-large": ("Filen {name} i arkivet är för stor.", "The file {name} in the archive is too large."),
    "checkpoint-unknown-key": (
        "Kontrollpunkten ({name}) är inte undertecknad med någon betrodd nyckel för loggen.",
        "The checkpoint ({name}) is not signed by any trusted key of the log.",
    ),
    "checkpoint-malformed": ("{name} är ingen kontrollpunkt.", "{name} is no checkpoint."),
    "checkpoint-of-another-log": ("{name} hör till en annan logg: {origin}.", "{name} belongs to another log: {origin}."),
    "earlier-unusable": (
        "Det tidigare arkivet ({origin}) är inte helt eller hör till en annan logg.",
        "The earlier archive ({origin}) is not whole or belongs to another log.",
    ),
    "not-a-draw": ("Filen är inget urval, eller ett ofullständigt.", "The file is no sample, or not a complete one."),
    "not-a-proof": ("Filen är inget bevis (tlog-proof).", "The file is no proof (tlog-proof)."),
    "no-keys": ("Ange loggens nycklar med --trust: ett bevis bär inga.", "Give the log's keys with --trust: a proof carries none."),
    "no-entry": ("Beviset bär inte posten; ange den med --entry.", "The proof does not carry the entry; give it with --entry."),
    "input-unreadable": ("{name} går inte att läsa.", "{name} cannot be read."),
    "trust-malformed": ("Nyckelfilen {name} har en rad som inte är en nyckel.", "The key file {name} has a line that is no key."),
    "quorum-missing": (
        "För få av de vittnen som policyn kräver har undertecknat: {count} ({names}).",
        "Too few of the witnesses that the policy demands have signed: {count} ({names}).",
    ),
    "policy-malformed": ("Policyfilen {name} går inte att följa.", "The policy file {name} cannot be followed."),
    "not-a-trust-file": (
        "Filen säger inte vad som ska litas på (svaret från /v1/trust).",
        "The file does not say what is to be trusted (the answer of /v1/trust).",
    ),
    # remarks
    "trust-keys-new": (
        "Där står {count} nycklar som du inte har: jämför dem med driftorganisationen på annan väg.",
        "It names {count} keys that you do not have: compare them with the operator over another way.",
    ),
    "trust-between": (
        "{count} versioner ligger mellan den du har och den här; be att få se dem.",
        "{count} versions lie between the one you kept and this one; ask to see them.",
    ),
    "own-keys": (
        "Nyckeln kommer ur arkivet självt: jämför keys.txt med din egen kopia, eller ange --trust.",
        "The key comes from the archive itself: compare keys.txt with your own copy, or give --trust.",
    ),
    "scope-word": (
        "Att ingen post i urvalet saknas är utfärdarens undertecknade ord; hela loggen (ett arkiv) visar det.",
        "That no entry in scope is missing is the exporter's signed word; the whole log (an archive) shows it.",
    ),
    "tile-missing": (
        "Arkivets hashtabell är inte fullständig; posterna stämmer ändå med roten.",
        "The archive's tiles are not complete; the entries fit the root all the same.",
    ),
    "entry-shown": ("Posten:\n{entry}", "The entry:\n{entry}"),
    "state-unreadable": (
        "Filen {name} är ingen uppgift om vad som kontrollerats förut; börja om utan den, och ta reda på varför.",
        "The file {name} does not say what was verified before; begin again without it, and find out why.",
    ),
    "interrupted": (
        "Kontrollen avbröts. Med --state fortsätter nästa där den slutade.",
        "The check was interrupted. With --state the next one goes on where it ended.",
    ),
    "state-needs-trust": (
        "Inget skrevs i filen för --state: det behöver dina egna nycklar (--trust).",
        "Nothing was written to the file of --state: that needs your own keys (--trust).",
    ),
    "resumed": (
        "De första {count} posterna kontrollerades en tidigare gång och hashades inte igen (--anew gör det).",
        "The first {count} entries were verified another time and were not hashed again (--anew does that).",
    ),
    "progress": ("{done} av {size} poster ({percent} %)", "{done} of {size} entries ({percent} %)"),
}

_LANGUAGES = ("sv", "en")


def say(lang: str, code: str, **facts: object) -> str:
    """One sentence."""
    return TEXTS[code][_LANGUAGES.index(lang)].format(**facts)
