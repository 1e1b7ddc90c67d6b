// oidc-provider (a certified OpenID provider) with what the houses need of one. Its port is chosen by the starter.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const key = { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)), kid: 'op-1', use: 'sig', alg: 'ES256' }
const claims = { sub: given.subject, organisation: 'o5ek', 'https://id.oidc.se/claim/personalIdentityNumber': given.number }

const provider = new Provider(given.issuer, {
  jwks: { keys: [key] },
  clients: given.clients,
  scopes: ['openid', 'offline_access', ...given.scopes],
  claims: {
    openid: ['sub', 'organisation'],
    'https://id.oidc.se/scope/naturalPersonNumber': ['https://id.oidc.se/claim/personalIdentityNumber'],
    acr: null,
    auth_time: null,
    sid: null,
  },
  acrValues: [given.loa3, given.loa2],
  pkce: { required: () => true },
  conformIdTokenClaims: true,
  cookies: { keys: ['only for tests'] },
  ttl: { IdToken: 300, AccessToken: 600, ClientCredentials: 600, Session: 3600, Grant: 3600, Interaction: 600 },
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // by itself it calls no loopback address
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ ...claims, sub: id }) }),
  interactions: given.level ? { url: (ctx, interaction) => `/person/${interaction.uid}` } : undefined,
  features: {
    devInteractions: { enabled: !given.level },
    clientCredentials: { enabled: true },
    claimsParameter: { enabled: true },
    dPoP: { enabled: true },
    jwtUserinfo: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({ scope: given.scopes.join(' '), audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
})

// Instead of the development pages: somebody who logs in at once, at the level that the test names.
async function person(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: given.subject, acr: given.level } })
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims)
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
}

const answer = provider.callback()
createServer((request, response) => {
  if (!request.url.startsWith('/person/')) return answer(request, response)
  person(request, response).catch((error) => {
    response.statusCode = 500
    response.end(error.message)
  })
}).listen(Number(new URL(given.issuer).port), '127.0.0.1')
