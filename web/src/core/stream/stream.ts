// SPDX-License-Identifier: Apache-2.0
// The one way to the server, as the features see it.
import type { Fault } from "../../shared/types.ts";
import type { El } from "../xml/el.ts";

export interface StreamEvents {
  /** Logged in. `resumed`: the session went on (XEP-0198), nothing was lost; else all must be asked for anew. */
  online(jid: string, resumed: boolean): void;
  /** Lost; `retryAt` (milliseconds since 1970) when it will be tried again. */
  offline(retryAt: number | undefined): void;
  connecting(): void;
  /** It makes no sense to try again: wrong password, token gone, account gone. */
  refused(fault: Fault): void;
  /** Every message and presence, and iq that asks; in order. */
  stanza(el: El): void;
  /** The server has taken care of this stanza of ours. */
  acked(el: El): void;
  /** The session is gone and with it the knowledge whether these have arrived. */
  lost(el: El): void;
}

export interface Token {
  mechanism: string;
  token: string;
  expiry: string;
}

export interface Credentials {
  /** Only for the first login; never kept. */
  password?: string;
  loadToken(): Promise<Token | undefined>;
  saveToken(token: Token | undefined): Promise<void>;
}

export interface StreamConfig {
  /** "wss://host/xmpp-websocket" */
  service: string;
  domain: string;
  username: string;
  /** Names this browser for ever (XEP-0388, 2.3.1). */
  agentId: string;
  device: string;
}

export interface Stream {
  /** Full address once online. */
  readonly jid: string | undefined;
  readonly isOnline: boolean;
  start(): void;
  /** Ends the session in order. */
  stop(): Promise<void>;
  /** Now, instead of at retryAt; and looks whether a connection that seems open still is. */
  nudge(): void;
  send(el: El): void;
  /** Answers with the iq result; throws Refusal. Milliseconds. */
  request(el: El, patience?: number): Promise<El>;
}
