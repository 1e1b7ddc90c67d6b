"""Where to go after a login: a path on this very host, or nothing (no open redirector, RFC 9700 4.11)."""

import re
from typing import Final

MAX_LENGTH: Final = 512

# One slash and not two, no backslash (browsers read it as a slash), no control characters (browsers drop tabs and line ends).
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")


def is_own_path(text: str) -> bool:
    """Whether every browser reads this as a path of the page it stands on. Paths of the login itself are none, against loops."""
    if len(text) > MAX_LENGTH or _PATH.fullmatch(text) is None or text.startswith("/auth"):
        return False
    return "//" not in text.partition("?")[0]
