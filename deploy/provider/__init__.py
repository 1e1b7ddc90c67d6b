"""A development-only OpenID provider: every rule of the Swedish and Ena profiles that Samsyn relies on, and anybody may be anybody.

It listens on loopback alone and refuses to run with SAMSYN_PRODUCTION set. On servers the municipality's own provider stands here.

Kept in its data folder, so that a restart leaves tokens and subjects valid: the signing keys and the secret that subjects are derived
from. Lost at a restart: logins under way, codes, refresh tokens, the provider's own sessions (and so whom to tell at a logout).
Client assertions made before the start are refused, so that the lost memory of used ones cannot be played on.
"""
