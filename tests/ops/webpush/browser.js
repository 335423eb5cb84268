// SPDX-License-Identifier: Apache-2.0
// A browser with one subscription: says its keys, then reads requests of its push service (a line of JSON each) and answers what
// they say, decrypted by http_ece; or why they are wrong. The signature is judged as RFC 8292 4.2 wants it.
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createInterface } from 'node:readline';
import ece from 'http_ece';

const key = createECDH('prime256v1');
key.generateKeys();
const auth = randomBytes(16);

const fail = (why) => { throw new Error(why); };

function readToken(header, vapid, origin) {
  const [, token, k] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(header ?? '') ?? fail(`no token: ${header}`);
  if (k !== vapid) fail('signed with another key than the server says is its own');
  const point = Buffer.from(k, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const [head, claims, signature] = token.split('.');
  const right = verify('sha256', Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  if (!right) fail('the signature is wrong');
  const { typ, alg } = JSON.parse(Buffer.from(head, 'base64url'));
  if (typ !== 'JWT' || alg !== 'ES256') fail(`what is signed is ${typ} ${alg}`);
  const said = JSON.parse(Buffer.from(claims, 'base64url'));
  const left = said.exp - Date.now() / 1000;
  if (said.aud !== origin) fail(`meant for ${said.aud}, not ${origin}`);
  if (!(left > 0 && left < 24 * 3600)) fail(`ends in ${left} s`);
  return said;
}

function read({ body, authorization, vapid, origin }) {
  const claims = readToken(authorization, vapid, origin);
  const text = body ? ece.decrypt(Buffer.from(body, 'base64'), { version: 'aes128gcm', privateKey: key, authSecret: auth }) : null;
  return { claims, payload: text && JSON.parse(text.toString('utf8')) };
}

console.log(JSON.stringify({ p256dh: key.getPublicKey('base64url'), auth: auth.toString('base64url') }));
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = read(JSON.parse(line));
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
