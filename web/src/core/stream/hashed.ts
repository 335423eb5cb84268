// SPDX-License-Identifier: Apache-2.0
// How one proves who one is, over WebCrypto: with a token, HT-SHA-256-NONE (draft-schmaus-kitten-sasl-ht). With a password: scram.ts,
// which only who comes in for the first time needs. Both want the proof of the server, too.
export const encoder = new TextEncoder();

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** RFC 2104; `hash` as WebCrypto names it. */
export async function hmac(key: Uint8Array<ArrayBuffer>, data: string, hash: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(data)));
}

/** One login; what goes over the wire is base64. */
export interface Login {
  readonly mechanism: string;
  first(): Promise<string>;
  challenge(text: string): Promise<string>;
  /** Throws when the server does not know the secret. */
  final(text: string): Promise<void>;
}

export const TOKEN_MECHANISM = "HT-SHA-256-NONE";

/** With a token. */
export class Hashed implements Login {
  readonly mechanism = TOKEN_MECHANISM;
  private readonly username: string;
  private readonly token: string;

  constructor(username: string, token: string) {
    [this.username, this.token] = [username, token];
  }

  private sign = (word: string): Promise<Uint8Array> => hmac(encoder.encode(this.token), word, "SHA-256");

  async first(): Promise<string> {
    return toBase64(new Uint8Array([...encoder.encode(`${this.username}\0`), ...(await this.sign("Initiator"))]));
  }

  challenge(): Promise<string> {
    return Promise.reject(new Error("HT: nothing is asked for"));
  }

  async final(text: string): Promise<void> {
    if (text !== toBase64(await this.sign("Responder"))) throw new Error("HT: the server's signature is wrong");
  }
}
