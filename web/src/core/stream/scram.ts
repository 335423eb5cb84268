// SPDX-License-Identifier: Apache-2.0
// SCRAM-SHA-256 and -512 with a password (RFC 5802, 7677), over WebCrypto.
import { type Login, encoder, hmac, toBase64 } from "./hashed.ts";

const ROUNDS_MAX = 1_000_000;

const textToBase64 = (text: string): string => toBase64(encoder.encode(text));
const textFromBase64 = (text: string): string => new TextDecoder().decode(fromBase64(text));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

async function salted(password: string, salt: string, rounds: number, hash: string, bits: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: fromBase64(salt), iterations: rounds }, key, bits));
}

const fieldsOf = (message: string): Map<string, string> => new Map(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));

const SCRAMS: Record<string, { hash: string; bits: number }> = { "SCRAM-SHA-512": { hash: "SHA-512", bits: 512 }, "SCRAM-SHA-256": { hash: "SHA-256", bits: 256 } };

/** The best of those that the server has. */
export const bestScram = (offered: string[]): string | undefined => Object.keys(SCRAMS).find((one) => offered.includes(one));

/** With a password. */
export class Scram implements Login {
  readonly mechanism: string;
  private readonly username: string;
  private readonly password: string;
  private readonly hash: string;
  private readonly bits: number;
  private nonce = "";
  private said = "";
  private proof = "";

  constructor(mechanism: string, username: string, password: string) {
    const { hash, bits } = SCRAMS[mechanism] ?? { hash: "SHA-256", bits: 256 };
    [this.mechanism, this.username, this.password, this.hash, this.bits] = [mechanism, username, password, hash, bits];
  }

  async first(): Promise<string> {
    this.nonce = toBase64(crypto.getRandomValues(new Uint8Array(24)));
    this.said = `n=${this.username.replace(/=/g, "=3D").replace(/,/g, "=2C")},r=${this.nonce}`;
    return textToBase64(`n,,${this.said}`);
  }

  async challenge(text: string): Promise<string> {
    const answer = textFromBase64(text);
    const fields = fieldsOf(answer);
    const rounds = Number(fields.get("i"));
    const nonce = fields.get("r") ?? "";
    if (!nonce.startsWith(this.nonce) || nonce.length <= this.nonce.length) throw new Error("SCRAM: the nonce is not ours");
    if (!(rounds >= 1 && rounds <= ROUNDS_MAX)) throw new Error("SCRAM: rounds");
    const secret = await salted(this.password, fields.get("s") ?? "", rounds, this.hash, this.bits);
    const clientKey = await hmac(secret, "Client Key", this.hash);
    const stored = new Uint8Array(await crypto.subtle.digest(this.hash, clientKey));
    const last = `c=biws,r=${nonce}`;
    const all = `${this.said},${answer},${last}`;
    const signature = await hmac(stored, all, this.hash);
    this.proof = toBase64(await hmac(await hmac(secret, "Server Key", this.hash), all, this.hash));
    return textToBase64(`${last},p=${toBase64(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)))}`);
  }

  async final(text: string): Promise<void> {
    if (!this.proof || fieldsOf(textFromBase64(text)).get("v") !== this.proof) throw new Error("SCRAM: the server's signature is wrong");
  }
}
