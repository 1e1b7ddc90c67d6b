"""The kinds of check that a row's sentence can be tried with."""

from tests.sharing.models.asked import (
    Agreed,
    Convenes,
    Decide,
    DifferentRules,
    Local,
    Meeting,
    ModelSays,
    NoCases,
    Overlaid,
    Parties,
    Reads,
)
from tests.sharing.models.data import (
    Commits,
    ConsentRuleIs,
    Found,
    IdentificationIs,
    ModelHas,
    NoField,
    Nowhere,
    OffByDefault,
    OnlyIn,
    Words,
)

Check = (
    ModelSays
    | Decide
    | DifferentRules
    | Meeting
    | Parties
    | Agreed
    | Found
    | ModelHas
    | Commits
    | Convenes
    | Reads
    | NoCases
    | OffByDefault
    | Nowhere
    | OnlyIn
    | ConsentRuleIs
    | IdentificationIs
    | Overlaid
    | Local
    | NoField
    | Words
)
