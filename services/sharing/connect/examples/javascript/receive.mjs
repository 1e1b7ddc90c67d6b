// A journal system in JavaScript: takes what waits for its organisation over NATS, opens and files it, says that it has it, and ends.
// What the family stops afterwards goes out of the files again.
//
//   node receive.mjs config.json      with: npm install @nats-io/transport-node@3 jose@6
//
// config.json: organisation, issuer, client_id, bus_url, bus_audience, client_key, signing_key, unit_keys (a folder, <kid>.json),
// records (a folder, here one file for each item: your own journal instead).
// Run again after a crash: a notice comes until it is confirmed, and a request id makes each act happen once.
import { createHash, randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, headers, tokenAuthenticator } from "@nats-io/transport-node";
import { CompactSign, SignJWT, compactDecrypt, compactVerify, decodeProtectedHeader, importJWK } from "jose";

const BOUND = ["permit", "item", "discloser", "recipient", "purpose", "category", "use_by", "schema"];
const config = JSON.parse(await readFile(process.argv[2], "utf8"));
const read = async (path) => JSON.parse(await readFile(path, "utf8"));
const client = await read(config.client_key);
const signing = await read(config.signing_key);
const now = () => Math.floor(Date.now() / 1000);

/** A DPoP proof for one request (RFC 9449 4.2). */
async function proof(method, url, token) {
  const { d: _private, ...jwk } = client;
  const ath = token && createHash("sha256").update(token).digest("base64url");
  const claims = { htm: method, htu: url, jti: randomUUID(), ...(ath && { ath }) };
  return new SignJWT(claims).setIssuedAt().setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk }).sign(await importJWK(client, "ES256"));
}

/** An access token for the bus, bound to our key (RFC 7523, RFC 9068). */
async function accessToken() {
  const { token_endpoint: endpoint } = await (await fetch(`${config.issuer}/.well-known/openid-configuration`)).json();
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ typ: "client-authentication+jwt", alg: "ES256", kid: client.kid })
    .setIssuer(config.client_id).setSubject(config.client_id).setAudience(config.issuer).setIssuedAt().setExpirationTime(now() + 60)
    .sign(await importJWK(client, "ES256"));
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
    scope: "sharing:fetch sharing:send",
    resource: config.bus_audience,
  });
  const answer = await fetch(endpoint, { method: "POST", body: form, headers: { DPoP: await proof("POST", endpoint) } });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).access_token;
}

const token = await accessToken();
const bus = await connect({
  servers: config.bus_url,
  name: config.organisation,
  inboxPrefix: `_INBOX_${config.organisation}`,
  authenticator: tokenAuthenticator(`${token}~${await proof("CONNECT", config.bus_audience, token)}`),
  reconnect: false, // a new connection needs a new token: start again instead
});

/** One question or act; an object with `problem` where Samsyn says no (RFC 9457). */
async function call(kind, name, body, requestId) {
  const sent = headers();
  if (requestId) sent.set("Idempotency-Key", requestId);
  const reply = await bus.request(`samsyn.${kind}.${config.organisation}.${name}`, JSON.stringify(body), { timeout: 10000, headers: sent });
  const answer = reply.json();
  return reply.headers?.get("Samsyn-Status") === "200" ? answer : { problem: String(answer.type).split("/").pop() };
}

/** The item in the clear; throws unless both layers and what they are bound to are right. */
async function open(released, signingKeys) {
  const header = decodeProtectedHeader(released.jwe);
  if (header.typ !== "samsyn-item+jwe" || header.zip || !/^[\w-]+$/.test(header.kid)) throw new Error("not-authentic");
  if (BOUND.some((name) => header[name] !== released.binding[name])) throw new Error("bound-to-other");
  if (Date.parse(released.binding.use_by) <= Date.now()) throw new Error("use-by-passed");
  const key = await importJWK(await read(join(config.unit_keys, `${header.kid}.json`)), "ECDH-ES+A256KW");
  const only = { keyManagementAlgorithms: ["ECDH-ES+A256KW"], contentEncryptionAlgorithms: ["A256GCM"] };
  const signed = new TextDecoder().decode((await compactDecrypt(released.jwe, key, only)).plaintext).trimEnd();
  for (const { jwk } of signingKeys) {
    const verified = await compactVerify(signed, await importJWK(jwk, "Ed25519"), { algorithms: ["Ed25519"] }).catch(() => null);
    if (verified?.protectedHeader.typ !== "samsyn-item+jws") continue;
    const item = JSON.parse(new TextDecoder().decode(verified.payload));
    if (BOUND.some((name) => item.binding[name] !== released.binding[name])) throw new Error("bound-to-other");
    return item;
  }
  throw new Error("not-authentic");
}

/** What we did with a delivery, signed. */
async function receipt(delivery, state, reason = null) {
  const payload = { delivery, state, at: new Date().toISOString(), reason, paragraph: null };
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "Ed25519", kid: signing.kid, typ: "samsyn-receipt+jws" })
    .sign(await importJWK(signing, "Ed25519"));
  return call("in", "receipt", { receipt: jws }, `${delivery}.${state}`);
}

const record = (delivery) => join(config.records, `${delivery}.json`);

async function take(delivery) {
  const released = await call("ask", "fetch", { delivery_id: delivery }); // this is the release: fetch when somebody needs it
  if (released.problem) return console.log(`not released: ${released.problem}`);
  const sender = await call("ask", "keys", { unit: released.binding.discloser });
  if (sender.problem) throw new Error(`no keys: ${sender.problem}`); // that says nothing of the item: it comes again
  const item = await open(released, sender.signing_keys).catch((refused) => refused);
  if (item instanceof Error) {
    await receipt(delivery, "refused", "not-authentic");
    return console.log(`refused: ${item.message}`);
  }
  await writeFile(record(delivery), JSON.stringify({ ...item, note: released.filing_note }), { mode: 0o600 }); // then the receipt may say so
  console.log(`${item.binding.category} from ${item.binding.discloser}`);
  await receipt(delivery, "stored");
}

/** Somebody has said stop: what we have is deleted, or kept with the paragraph that demands it (state `kept`; a human decides). */
async function stop({ delivery_id: delivery, released }) {
  console.log(`stopped: ${released ? "deleted here" : "never fetched"}`);
  if (!released) return;
  await rm(record(delivery), { force: true });
  await receipt(delivery, "deleted");
}

const next = `$JS.API.CONSUMER.MSG.NEXT.OUT.${config.organisation}`;
const wanted = JSON.stringify({ batch: 50, expires: 1_000_000_000 });
for await (const notice of await bus.requestMany(next, wanted, { strategy: "timer", maxWait: 3000, noMux: true })) {
  if (notice.headers?.code >= 400) break; // nothing more waits
  if (!notice.subject.startsWith(`samsyn.out.${config.organisation}.`)) continue;
  if (notice.subject.endsWith(".delivery")) await take(notice.json().delivery_id);
  if (notice.subject.endsWith(".stopped")) await stop(notice.json());
  if (notice.subject.includes(".sharing.")) await call("in", "confirm", { ids: [notice.headers.get("ce-id")] }, randomUUID());
  notice.respond("+ACK");
}
await bus.drain();
