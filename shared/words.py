"""Words that a request may hold, each of a form that leaves no room for a personal number, a sentence or a document (I3, I9)."""

from typing import Annotated

import msgspec

_NUMBER = r"([0-9]{2})?[0-9]{6}-?[0-9]{4}"
_END = r"$(?!\n)"

OpaqueId = Annotated[str, msgspec.Meta(pattern=rf"^(?!{_NUMBER}$)[a-z0-9][a-z0-9-]{{0,62}}{_END}")]
"""An organisation's, a unit's, a key's or a model's id: lower case, no dot, as it may also stand in a subject."""

Code = Annotated[str, msgspec.Meta(pattern=rf"^[a-z][a-z-]{{0,31}}(\.[a-z][a-z-]{{0,31}}){{0,2}}{_END}")]
"""One of our own codes: `item.released`, `not-in-permit`."""

CaseNumber = Annotated[str, msgspec.Meta(pattern=rf"^(?!.*{_NUMBER})[A-Za-zÅÄÖåäö]{{0,8}}[ .:/-]{{0,2}}[0-9][0-9 .:/-]{{0,30}}{_END}")]
"""A document's number at a court or a board: `T 1234-26`, `SN 2026/0123`."""

Principal = Annotated[str, msgspec.Meta(pattern=rf"^(?!.* {_NUMBER}$)https?://[!-~]{{1,200}} [!-~]{{1,200}}{_END}")]
"""A person at work: `<issuer> <subject>`, never a personal number."""

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=rf"^(?!.*{_NUMBER})[^\x00-\x1f<>]*{_END}")]
"""What a place, a body, an office or a role is called. No personal number."""

Notice = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=rf"^(?!.*{_NUMBER})[^\x00-\x1f<>]*{_END}")]
"""A sentence of the operator's to those who meet a stop. No personal number."""

Iso639 = Annotated[str, msgspec.Meta(pattern=rf"^[a-z]{{2,3}}{_END}")]
"""A language of ISO 639: `so`, `ar`, `rmy`."""

PersonalNumber = Annotated[str, msgspec.Meta(max_length=13)]
"""A personal or coordination number; the use case checks its digits, and says where it stood and not what it was."""

Sha256 = Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{64}}{_END}")]
"""A hash in hexadecimal: of a document that stays where it is."""

Whose = Annotated[str, msgspec.Meta(pattern=rf"^(child|[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}){_END}")]
"""`child`, or the id of the third person whose data it is."""
