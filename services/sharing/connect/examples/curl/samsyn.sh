#!/usr/bin/env bash
# One call to Samsyn over HTTP with curl and openssl alone; the answer, or the problem, on standard output (curl's exit 22 for a no).
#
#   samsyn.sh GET  '/v1/inbox?after=0&wait=0'
#   samsyn.sh POST /v1/keys '{"unit":"o2rg-u2"}'
#   SCOPE=sharing:decide samsyn.sh POST /v1/decision @question.json      what changes something: REQUEST_ID=<uuid>, kept for a retry
#
# Set: ISSUER, CLIENT_ID, KID (the client key's id), KEY (its private key, PEM, P-256, readable by you alone), SHARING_URL, AUDIENCE.
# It fetches a token for each call: fine by hand or by a timer, too slow for a busy system. Items are opened by `samsyn-connect`.
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
random_id() { openssl rand -hex 16; }

# The public key as a JWK: the last 64 bytes of its DER are x and y.
point() { openssl pkey -in "$KEY" -pubout -outform DER | tail -c 64; }
JWK="{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$(point | head -c 32 | base64url)\",\"y\":\"$(point | tail -c 32 | base64url)\"}"

# A JWT signed with ES256 (RFC 7515): openssl writes the signature as DER, JOSE wants r and s of 32 bytes each.
jwt() { # header, claims
  local signed r_s
  signed="$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)"
  r_s=$(printf %s "$signed" | openssl dgst -sha256 -sign "$KEY" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
    while read -r number; do
      number="$(printf %064d 0)$number"
      printf %s "${number: -64}"
    done)
  printf '%s.%s' "$signed" "$(printf %b "$(printf %s "$r_s" | sed 's/../\\x&/g')" | base64url)"
}

proof() { # method, address without query, [token]: one for each request (RFC 9449)
  local ath=""
  if [ -n "${3:-}" ]; then ath=",\"ath\":\"$(printf %s "$3" | openssl dgst -sha256 -binary | base64url)\""; fi
  jwt "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":$JWK}" \
    "{\"htm\":\"$1\",\"htu\":\"$2\",\"iat\":$(date +%s),\"jti\":\"$(random_id)\"$ath}"
}

member() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1; } # one string of flat JSON; with jq: jq -r ".$1"

ENDPOINT=$(curl -sS --fail "$ISSUER/.well-known/openid-configuration" | member token_endpoint)
NOW=$(date +%s)
ASSERTION=$(jwt "{\"alg\":\"ES256\",\"typ\":\"client-authentication+jwt\",\"kid\":\"$KID\"}" \
  "{\"iss\":\"$CLIENT_ID\",\"sub\":\"$CLIENT_ID\",\"aud\":\"$ISSUER\",\"iat\":$NOW,\"exp\":$((NOW + 60)),\"jti\":\"$(random_id)\"}")
# The assertion and the token go by standard input, so that no list of processes shows them.
TOKEN=$(printf %s "$ASSERTION" | curl -sS --fail-with-body "$ENDPOINT" -H "DPoP: $(proof POST "$ENDPOINT")" \
  -d grant_type=client_credentials -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  --data-urlencode client_assertion@- --data-urlencode "scope=${SCOPE:-sharing:send sharing:fetch}" \
  --data-urlencode "resource=$AUDIENCE" | member access_token)

METHOD=$1
URL="$SHARING_URL$2"
SENT=(-X "$METHOD")
if [ -n "${3:-}" ]; then SENT+=(-H "Content-Type: application/json" --data-binary "$3"); fi
if [ -n "${REQUEST_ID:-}" ]; then SENT+=(-H "Idempotency-Key: $REQUEST_ID"); fi
printf 'Authorization: DPoP %s\nDPoP: %s\n' "$TOKEN" "$(proof "$METHOD" "${URL%%\?*}" "$TOKEN")" |
  curl -sS --fail-with-body -H @- "${SENT[@]}" "$URL"
