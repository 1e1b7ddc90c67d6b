"""Where the houses keep something of a person, column by column, and what an erasure makes of it.

A new column stands here, or a rule fails.
"""

import re
from typing import Any

from shared.database import Connection

GONE = "deleted, or emptied"
CODE = "an id of nobody that can be named, or a code: proves that something was said or done"
OFFICIAL = "who acted for an organisation: answers for it afterwards (archives act)"
COMMON = {
    "idempotency": {"caller": GONE, "answer": GONE, "request_hash": CODE},
    "outbox": {
        "name": CODE,
        "body": GONE,
        "previous_hash": CODE,
    },  # notices; what is for another house is acted on there, and swept when it is done
    "dead_letter": {"name": CODE, "subject": CODE, "body": GONE, "headers": CODE},
    "producer_chain": {"hash": CODE},
    "session": {"subject": GONE, "person_id": GONE, "id_hash": CODE},
    "login_attempt": {"state_hash": CODE, "browser_hash": CODE, "return_to": CODE},
}
PLACES: dict[str, dict[str, dict[str, str]]] = {
    "consent": {
        **COMMON,
        "person": {"person_id": CODE, "subject_id": CODE, "lookup": GONE, "number_sealed": GONE, "name_sealed": GONE},
        "person_hold": {"person_id": GONE, "set_by": GONE, "lift_by": GONE, "lifted_by": GONE},
        "named_handler": {"person_id": GONE, "principal": GONE, "named_by": GONE, "confirmed_by": GONE},
        "person_key": {"person_id": GONE, "wrapped": GONE},
        "person_login": {"person_id": GONE, "principal": GONE},
        "erasure": {"person_id": CODE, "subject_id": CODE, "decided_by": OFFICIAL, "confirmed_by": OFFICIAL},
        "erasure_answer": {"destroyed": CODE},
        "child_ref": {"child_ref": GONE, "person_id": GONE},
        "contact": {"person_id": GONE, "email_sealed": GONE, "telephone_sealed": GONE},
        "push": {"person_id": GONE},
        "notice": {"person_id": GONE},
        "register_check": {"person_id": GONE},
        "handling_barrier": {"person_id": GONE, "subject_id": GONE},
        "guardian_exception": {
            "child_id": GONE, "guardian_id": GONE, "document": GONE, "attested_by": GONE, "confirmed_by": GONE, "ended_by": GONE,
        },
        "custody_statement": {"child_id": GONE, "stated_by": GONE, "second": GONE, "document": GONE},
        "custody_guardian": {"person_id": CODE},  # in the picture of a child who is there still: without them it would show another custody
        "judgement": {"child_id": GONE, "secret_from": GONE, "judged_by": GONE},
        "disclosure": {"subject_id": GONE},
        "request": {"child_id": CODE, "text_sha256": CODE},
        "request_row": {"subject_id": CODE, "about": CODE},
        "served": {"person_id": CODE, "text_sha256": CODE, "shown_sha256": CODE},
        "answer": {"person_id": CODE},
        "recorded_answer": {
            "person_id": CODE, "document_sha256": CODE, "witness": OFFICIAL, "together_with": GONE, "recorded_by": OFFICIAL,
            "verified_by": OFFICIAL, "heard_by": OFFICIAL, "interpreted_by": CODE, "interpreted_to": CODE,
        },
        "receipt": {"person_id": CODE},
        "consent_row": {"given_by": CODE},
        "stop": {"person_id": CODE, "recorded_by": OFFICIAL, "witness": CODE},
        "governing_row": {"subject_id": CODE, "about": CODE},
        "pause": {"subject_id": CODE, "about": CODE, "paused_by": OFFICIAL, "resumed_by": OFFICIAL},
        "strike": {"proposed_by": OFFICIAL, "confirmed_by": OFFICIAL},
        "narrowing": {"narrowed_by": OFFICIAL},
        "change": {"changed": CODE, "link": CODE},
        "feed": {"head": CODE},
        "barrier": {"changed": CODE},
        "imported_line": {"imported_by": OFFICIAL, "file_sha256": CODE},
        "text_version": {"sha256": CODE, "body": CODE},
        "grant_seen": {"principal": OFFICIAL},
        "organisation_seen": {"display_name": CODE},
        "unit_seen": {"name": CODE},
    },
    "sharing": {
        **COMMON,
        "child_case": {"subject_id": CODE, "child_ref": GONE, "opened_by": OFFICIAL, "responsible": GONE},
        "counted_child": {"subject_id": GONE, "value": GONE},
        "handling": {"subject_id": GONE},
        "erased_subject": {"subject_id": CODE, "destroyed": CODE},
        "consent_row": {"subject_id": CODE, "about": CODE},
        "decision": {"decided_by": OFFICIAL},
        "decision_item": {
            "about": CODE, "attested": GONE, "judgements": GONE, "said": GONE, "trace": GONE, "declined_by": OFFICIAL,
        },
        "consent_request": {"asked_by": OFFICIAL},
        "permit": {"confirmed_by": OFFICIAL},
        "permit_item": {"attested": GONE, "judgements": GONE},
        "delivery": {"recipient_child_ref": GONE, "sha256": CODE},
        "release": {"released_to": OFFICIAL},
        "matter": {"sent_by": GONE, "answered_by": GONE},
        "duty": {"done_by": GONE},
        "told": {"told_by": GONE, "present": GONE},
        "access_grant": {"principal": OFFICIAL, "granted_by": OFFICIAL, "responsible": OFFICIAL},
        "access_proposal": {"wanted": OFFICIAL, "proposed_by": OFFICIAL, "decided_by": OFFICIAL},
        "register_change": {"changed_by": OFFICIAL, "before": OFFICIAL, "after": OFFICIAL},
        "access_review": {"reviewed_by": OFFICIAL},
        "glass": {"broken_by": OFFICIAL, "reviewed_by": OFFICIAL},
        "release_attestation": {"attested_by": OFFICIAL},
        "tell_hold": {"decided_by": OFFICIAL},
        "package": {"made_by": OFFICIAL},
        "agreement": {"signed_by": OFFICIAL},
        "limit_lift": {"value": OFFICIAL, "lifted_by": OFFICIAL},
        "limit_alarm": {"value": OFFICIAL},
        "counted_act": {"value": OFFICIAL},
        "kill_switch": {"value": CODE, "thrown_by": OFFICIAL},
        "organisation": {"display_name": CODE, "principal": CODE},  # the municipality or region it belongs to
        "signing_key": {"public": CODE},
        "unit_key": {"public": CODE},
        "unit": {"name": CODE, "telephone": CODE},
    },
}  # fmt: skip
NOBODYS = {
    "consent": {
        "consent", "ended_login", "inbox", "logout_token", "migration", "recorded_row", "renewal", "task", "tell_hold",
    },
    "sharing": {
        "access_limit", "access_review_alarm", "access_use", "case_party", "consent_epoch", "consent_tombstone", "ended_login", "inbox",
        "logout_token", "migration", "receipt", "system_client",
    },
}  # fmt: skip
"""Tables that hold nothing of anybody: codes, hashes, ids of acts, and signed words about those."""

_SUSPECT = re.compile(
    r"(^|_)(person|child|guardian|subject|caller|witness|second|document|principal|lookup|together_with|secret_from|about|value|present"
    r"|responsible|name|email|telephone|address)(_id|_ref|_sealed)?$|_(by|to)$"
)
_ANYTHING = {"bytea", "jsonb", "json"}
_TEXT = {"text", "text[]", "uuid", "uuid[]"}


def may_hold_a_person(table: str, column: str, kind: str) -> bool:
    """By the column's name and type; the migrations' own table is the files' names."""
    return table != "migration" and (kind in _ANYTHING or (kind in _TEXT and _SUSPECT.search(column) is not None))


def left(house: str) -> dict[str, str]:
    """For each column that an erasure empties, the statement that counts the rows of it which still hold one of the texts `$1`."""
    emptied = [(table, column) for table, columns in PLACES[house].items() for column, what in columns.items() if what == GONE]
    return {f"{table}.{column}": _count(table, column) for table, column in emptied}


def _count(table: str, column: str) -> str:
    name = f"keystore.{table}" if table == "person_key" else table
    text = f"encode(t.{column}, 'escape')" if (table, column) in _BYTES else f"t.{column}::text"
    notices = " and t.organisation is not null" if table == "outbox" else ""
    return f"select count(*) from {name} t where exists (select from unnest($1::text[]) told where strpos({text}, told) > 0){notices}"  # noqa: S608  names of this file


async def insert(tx: Connection, table: str, **values: Any) -> None:
    """One row as it may come to lie there."""
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await tx.execute(f"insert into {table} ({', '.join(values)}) values ({places})", *values.values())  # noqa: S608  names of our tests


_BYTES = {("idempotency", "answer"), ("outbox", "body"), ("dead_letter", "body")}
