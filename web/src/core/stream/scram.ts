// SPDX-License-Identifier: Apache-2.0
// SCRAM-SHA-256 and -512 (RFC 5802, 7677) over WebCrypto, as a mechanism of the package saslmechanisms.
const encoder = new TextEncoder();
const ROUNDS_MAX = 1_000_000;

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

async function hmac(key: Uint8Array<ArrayBuffer>, data: string, hash: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(data)));
}

async function salted(password: string, salt: string, rounds: number, hash: string, bits: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: fromBase64(salt), iterations: rounds }, key, bits));
}

const fieldsOf = (message: string): Map<string, string> => new Map(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));

/** One login. */
class Scram {
  readonly hash: string;
  readonly bits: number;
  private nonce = "";
  private first = "";
  private answer = "";
  private proof = "";

  constructor(hash: string, bits: number) {
    this.hash = hash;
    this.bits = bits;
  }

  async response({ username, password }: { username: string; password: string }): Promise<string> {
    if (!this.answer) {
      this.nonce = toBase64(crypto.getRandomValues(new Uint8Array(24)));
      this.first = `n=${username.replace(/=/g, "=3D").replace(/,/g, "=2C")},r=${this.nonce}`;
      return `n,,${this.first}`;
    }
    const said = fieldsOf(this.answer);
    const rounds = Number(said.get("i"));
    const nonce = said.get("r") ?? "";
    if (!nonce.startsWith(this.nonce) || nonce.length <= this.nonce.length) throw new Error("SCRAM: the nonce is not ours");
    if (!(rounds >= 1 && rounds <= ROUNDS_MAX)) throw new Error("SCRAM: rounds");
    const secret = await salted(password, said.get("s") ?? "", rounds, this.hash, this.bits);
    const clientKey = await hmac(secret, "Client Key", this.hash);
    const stored = new Uint8Array(await crypto.subtle.digest(this.hash, clientKey));
    const last = `c=biws,r=${nonce}`;
    const all = `${this.first},${this.answer},${last}`;
    const signature = await hmac(stored, all, this.hash);
    this.proof = toBase64(await hmac(await hmac(secret, "Server Key", this.hash), all, this.hash));
    return `${last},p=${toBase64(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)))}`;
  }

  challenge(text: string): void {
    this.answer = text;
  }

  /** The server proves that it knows the password, too. */
  final(text: string): void {
    if (!this.proof || fieldsOf(text).get("v") !== this.proof) throw new Error("SCRAM: the server's signature is wrong");
  }
}

/** What saslFactory.use wants: a constructor whose prototype names the mechanism. */
export function scram(name: string, hash: string, bits: number): unknown {
  function Mechanism(this: unknown): Scram {
    return Object.assign(new Scram(hash, bits), { name, clientFirst: true });
  }
  Mechanism.prototype.name = name;
  Mechanism.prototype.Mechanism = Mechanism;
  return Mechanism;
}
