// openid-client (a certified relying party) against the development provider: what works, and what is refused.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { SignJWT, calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { Browser, check, refusal } from './harness.mjs'

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { issuer, house, other, system, persona, weak, loa3, resource } = given
const ENA = { [oidc.modifyAssertion]: (header) => { header.typ = 'client-authentication+jwt' } }
const OPTIONS = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] }
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const keys = createRemoteJWKSet(new URL(issuer + '/jwks'))

async function configure(client, assertion = ENA, options = {}) {
  const key = { key: await importJWK(client.jwk, 'ES256'), kid: client.jwk.kid }
  const metadata = { client_id: client.client_id, id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' }
  return oidc.discovery(new URL(issuer), client.client_id, metadata, oidc.PrivateKeyJwt(key, assertion), { ...OPTIONS, ...options })
}

async function login({ config = house_, client = house, who = persona, browser = new Browser(), build = oidc.buildAuthorizationUrl, dpop, ...changed } = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const asked = {
    redirect_uri: client.redirect_uri,
    scope: 'openid',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...changed,
  }
  const parameters = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  const url = await build(config, parameters, dpop && { DPoP: dpop })
  return { url, checks, browser, back: () => browser.choose(url, who) }
}

async function tokens(changed = {}) {
  const { checks, back } = await login(changed)
  return oidc.authorizationCodeGrant(changed.config ?? house_, await back(), checks, {}, changed.dpop && { DPoP: changed.dpop })
}

async function accessToken(token, audience) {
  return (await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'] })).payload
}

// A token request by hand, for assertions that openid-client would not make.
async function tokenRequest({ client = house, key, header = {}, claims = {}, assertion, form }) {
  const at = Math.floor(Date.now() / 1000)
  const body = { iss: client.client_id, sub: client.client_id, aud: issuer, jti: crypto.randomUUID(), iat: at, exp: at + 60, ...claims }
  const made = assertion ?? (await new SignJWT(body)
    .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt', kid: client.jwk.kid, ...header })
    .sign(key ?? (await importJWK(client.jwk, 'ES256'))))
  const response = await fetch(issuer + '/token', {
    method: 'POST',
    body: new URLSearchParams({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: made,
      grant_type: 'client_credentials',
      scope: 'house',
      ...form,
    }),
  })
  return { status: response.status, made, ...(await response.json()) }
}

const house_ = await configure(house)
const other_ = await configure(other)
const system_ = await configure(system)

await check('discovery by both well-known paths', async () => {
  const oauth = await configure(house, ENA, { algorithm: 'oauth2' })
  assert.deepEqual(oauth.serverMetadata().jwks_uri, house_.serverMetadata().jwks_uri)
  assert.equal(house_.serverMetadata().supportsPKCE('S256'), true)
  assert.equal(house_.serverMetadata().supportsPKCE('plain'), false)
})
await check('client credentials give an RFC 9068 token for the resource', async () => {
  const answer = await oidc.clientCredentialsGrant(house_, { scope: 'house', resource })
  const claims = await accessToken(answer.access_token, resource)
  assert.equal(claims.sub, house.client_id)
  assert.equal(claims.client_id, house.client_id)
  assert.equal(claims.scope, 'house')
  assert.equal(answer.refresh_token, undefined)
})
await check('client credentials with DPoP are bound to the key', async () => {
  const pair = await oidc.randomDPoPKeyPair('ES256', { extractable: true })
  const answer = await oidc.clientCredentialsGrant(system_, { resource }, { DPoP: oidc.getDPoPHandle(system_, pair) })
  const claims = await accessToken(answer.access_token, resource)
  assert.equal(answer.token_type, 'dpop')
  assert.equal(claims.cnf.jkt, await calculateJwkThumbprint(await exportJWK(pair.publicKey)))
})
await check('code flow with PKCE, nonce, state and iss', async () => {
  const claims = (await tokens()).claims()
  assert.equal(claims.sub, persona)
  assert.equal(claims.acr, loa3)
  assert.equal(claims.organisation, 'o5ek')
  assert.ok(claims.exp - claims.iat <= 300)
})
await check('code flow with max_age gives an auth_time that fits', async () => {
  const { checks, back } = await login({ max_age: '60' })
  const answer = await oidc.authorizationCodeGrant(house_, await back(), { ...checks, maxAge: 60 })
  assert.equal(typeof answer.claims().auth_time, 'number')
})
await check('code flow with an essential acr', async () => {
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [loa3] } } })
  assert.equal((await tokens({ claims })).claims().acr, loa3)
})
await check('code flow through a pushed authorization request', async () => {
  assert.equal((await tokens({ build: oidc.buildAuthorizationUrlWithPAR })).claims().sub, persona)
})
await check('code flow through a pushed request, bound to a DPoP key from the start', async () => {
  const dpop = oidc.getDPoPHandle(house_, await oidc.randomDPoPKeyPair('ES256'))
  assert.equal((await tokens({ build: oidc.buildAuthorizationUrlWithPAR, dpop })).token_type, 'dpop')
})
await check('code flow for a resource gives a token for it alone', async () => {
  const answer = await tokens({ resource, scope: 'openid sharing:read' })
  assert.equal((await accessToken(answer.access_token, resource)).scope, 'sharing:read')
})
await check('UserInfo is signed and about the same person', async () => {
  const answer = await tokens({ scope: 'openid profile' })
  const info = await oidc.fetchUserInfo(house_, answer.access_token, persona)
  assert.equal(info.name, given.name)
})
await check('UserInfo with a DPoP-bound token', async () => {
  const dpop = oidc.getDPoPHandle(house_, await oidc.randomDPoPKeyPair('ES256'))
  const answer = await tokens({ dpop })
  assert.equal((await oidc.fetchUserInfo(house_, answer.access_token, persona, { DPoP: dpop })).sub, persona)
})
await check('refresh with rotation', async () => {
  const first = await tokens({ scope: 'openid offline_access' })
  const second = await oidc.refreshTokenGrant(house_, first.refresh_token)
  assert.notEqual(second.refresh_token, first.refresh_token)
})
await check('token exchange names who acts', async () => {
  const own = await tokens()
  const form = { subject_token: own.access_token, subject_token_type: ACCESS_TOKEN, resource, scope: 'sharing:read' }
  const answer = await oidc.genericGrantRequest(house_, TOKEN_EXCHANGE, form)
  const claims = await accessToken(answer.access_token, resource)
  assert.equal(claims.sub, persona)
  assert.deepEqual(claims.act, { sub: house.client_id })
})
await check('a second client logs in without a page when it asks for that', async () => {
  const browser = new Browser()
  await (await login({ browser })).back()
  const { checks, back } = await login({ config: other_, client: other, browser, prompt: 'none' })
  const answer = await oidc.authorizationCodeGrant(other_, await back(), checks)
  assert.equal(answer.claims().sub, persona)
})
await check('logout by id_token_hint goes back to the client', async () => {
  const browser = new Browser()
  const { checks, back } = await login({ browser })
  const answer = await oidc.authorizationCodeGrant(house_, await back(), checks)
  const url = oidc.buildEndSessionUrl(house_, { id_token_hint: answer.id_token, post_logout_redirect_uri: house.after_logout, state: 's' })
  const gone = await browser.fetch(url)
  assert.equal(gone.headers.get('location'), house.after_logout + '?state=s')
  const again = await login({ browser, prompt: 'none' })
  assert.equal((await again.back()).searchParams.get('error'), 'login_required')
})
await check('every key has use, kid and alg, and ID tokens name theirs', async () => {
  const { keys: published } = await (await fetch(issuer + '/jwks')).json()
  assert.ok(published.every((key) => key.use === 'sig' && key.kid && key.alg === 'ES256' && !key.d))
  const { kid } = decodeProtectedHeader((await tokens()).id_token)
  assert.ok(published.some((key) => key.kid === kid))
})

// Refusals of the authorization endpoint, seen as a certified client sees them.
for (const [name, changed, error] of [
  ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['PKCE without a method', { code_challenge_method: undefined }, 'invalid_request'],
  ['no nonce', { nonce: undefined }, 'invalid_request'],
  ['a scope that is not the client\'s', { scope: 'openid audit:read' }, 'invalid_scope'],
  ['no scope', { scope: undefined }, 'invalid_scope'],
  ['the implicit flow', { response_type: 'id_token' }, 'unsupported_response_type'],
  ['the hybrid flow', { response_type: 'code id_token' }, 'unsupported_response_type'],
  ['an answer in the fragment', { response_mode: 'fragment' }, 'invalid_request'],
  ['a resource that is not the client\'s', { resource: 'https://elsewhere.example' }, 'invalid_target'],
  ['a request object', { request: 'e30.e30.e30' }, 'request_not_supported'],
  ['a fetched request object', { request_uri: 'https://elsewhere.example/r' }, 'request_uri_not_supported'],
  ['nobody logged in and no page wanted', { prompt: 'none' }, 'login_required'],
  ['an essential acr that is not reached', { who: weak, claims: JSON.stringify({ id_token: { acr: { essential: true, value: loa3 } } }) }, 'unmet_authentication_requirements'],
  ['acr_values that are not reached', { who: weak, acr_values: loa3 }, 'unmet_authentication_requirements'],
]) {
  await check(`refused at authorization: ${name}`, async () => {
    const { checks, back } = await login(changed)
    const answer = await back()
    assert.equal(answer.searchParams.get('iss'), issuer)
    assert.equal(await refusal(() => oidc.authorizationCodeGrant(house_, answer, checks)), error)
  })
}
for (const [name, change] of [
  ['another redirect address', (url) => url.searchParams.set('redirect_uri', 'https://evil.example/')],
  ['a redirect address with a slash more', (url) => url.searchParams.set('redirect_uri', house.redirect_uri + '/')],
  ['an unknown client', (url) => url.searchParams.set('client_id', 'https://unknown.example')],
  ['a repeated parameter', (url) => url.searchParams.append('scope', 'openid')],
]) {
  await check(`refused without a redirect: ${name}`, async () => {
    const { url } = await login()
    change(url)
    const answer = await fetch(url, { redirect: 'manual' })
    assert.equal(answer.status, 400)
    assert.equal(answer.headers.get('location'), null)
  })
}

// Refusals of the token endpoint.
await check('refused: a code that comes twice, and what it gave ends', async () => {
  const { checks, back } = await login()
  const answer = await back()
  const first = await oidc.authorizationCodeGrant(house_, answer, checks)
  assert.equal(await refusal(() => oidc.authorizationCodeGrant(house_, answer, checks)), 'invalid_grant')
  assert.ok(await refusal(() => oidc.fetchUserInfo(house_, first.access_token, persona)))
})
await check('refused: another verifier', async () => {
  const { checks, back } = await login()
  const wrong = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }
  const answer = await back()
  assert.equal(await refusal(() => oidc.authorizationCodeGrant(house_, answer, wrong)), 'invalid_grant')
})
await check('refused: another client\'s code', async () => {
  const { checks, back } = await login()
  const answer = await back()
  assert.equal(await refusal(() => oidc.authorizationCodeGrant(other_, answer, checks)), 'invalid_grant')
})
await check('refused: another redirect address at the token endpoint', async () => {
  const { checks, back } = await login()
  const answer = await back()
  const form = { code: answer.searchParams.get('code'), code_verifier: checks.pkceCodeVerifier, redirect_uri: 'https://evil.example/' }
  assert.equal(await refusal(() => oidc.genericGrantRequest(house_, 'authorization_code', form)), 'invalid_grant')
})
await check('refused: a used refresh token', async () => {
  const first = await tokens({ scope: 'openid offline_access' })
  await oidc.refreshTokenGrant(house_, first.refresh_token)
  assert.equal(await refusal(() => oidc.refreshTokenGrant(house_, first.refresh_token)), 'invalid_grant')
})
await check('refused: the assertion type that openid-client sends by itself', async () => {
  const plain = await configure(house, {})
  assert.equal(await refusal(() => oidc.clientCredentialsGrant(plain, { scope: 'house', resource })), 'invalid_client')
})
const stranger = (await generateKeyPair('ES256')).privateKey
for (const [name, changed] of [
  ['aud in a list', { claims: { aud: [issuer] } }],
  ['aud of two', { claims: { aud: [issuer, 'https://other.example'] } }],
  ['aud is the token endpoint', { claims: { aud: issuer + '/token' } }],
  ['no jti', { claims: { jti: undefined } }],
  ['lives an hour', { claims: { exp: Math.floor(Date.now() / 1000) + 3600 } }],
  ['has run out', { claims: { exp: Math.floor(Date.now() / 1000) - 1 } }],
  ['another key', { key: stranger }],
  ['another iss', { claims: { iss: 'https://other.example' } }],
]) {
  await check(`refused client assertion: ${name}`, async () => {
    const answer = await tokenRequest({ form: { resource }, ...changed })
    assert.deepEqual([answer.status, answer.error], [401, 'invalid_client'])
  })
}
await check('refused client assertion: used twice', async () => {
  const first = await tokenRequest({ form: { resource } })
  assert.equal(first.status, 200)
  assert.equal((await tokenRequest({ assertion: first.made, form: { resource } })).error, 'invalid_client')
})
for (const [name, authentication] of [['in the header', oidc.ClientSecretBasic('s')], ['in the form', oidc.ClientSecretPost('s')], ['none', oidc.None()]]) {
  await check(`refused: a client secret ${name}`, async () => {
    const config = await oidc.discovery(new URL(issuer), house.client_id, {}, authentication, OPTIONS)
    assert.equal(await refusal(() => oidc.clientCredentialsGrant(config, { scope: 'house', resource })), 'invalid_client')
  })
}
for (const [name, run, error] of [
  ['a scope beyond the client\'s', () => oidc.clientCredentialsGrant(house_, { scope: 'house audit:read', resource }), 'invalid_scope'],
  ['a resource beyond the client\'s', () => oidc.clientCredentialsGrant(house_, { scope: 'house', resource: 'https://elsewhere.example' }), 'invalid_target'],
  ['a system\'s token without a proof', () => oidc.clientCredentialsGrant(system_, { resource }), 'invalid_dpop_proof'],
  ['the password grant', () => oidc.genericGrantRequest(house_, 'password', { username: 'a', password: 'b' }), 'unsupported_grant_type'],
  ['a system that wants a person\'s grant', () => oidc.genericGrantRequest(system_, TOKEN_EXCHANGE, {}), 'unauthorized_client'],
]) {
  await check(`refused: ${name}`, async () => assert.equal(await refusal(run), error))
}
await check('refused: exchange of another client\'s token', async () => {
  const foreign = await tokens({ config: other_, client: other })
  const form = { subject_token: foreign.access_token, subject_token_type: ACCESS_TOKEN, resource }
  assert.equal(await refusal(() => oidc.genericGrantRequest(house_, TOKEN_EXCHANGE, form)), 'invalid_grant')
})
await check('refused: a DPoP-bound token sent as Bearer', async () => {
  const dpop = oidc.getDPoPHandle(house_, await oidc.randomDPoPKeyPair('ES256'))
  const answer = await tokens({ dpop })
  const stolen = await fetch(issuer + '/userinfo', { headers: { authorization: `Bearer ${answer.access_token}` } })
  assert.equal(stolen.status, 401)
})
await check('refused: a resource\'s token at UserInfo', async () => {
  const answer = await tokens({ resource, scope: 'openid sharing:read' })
  assert.ok(await refusal(() => oidc.fetchUserInfo(house_, answer.access_token, persona)))
})
