// SPDX-License-Identifier: Apache-2.0
// A server of another version: what it does not know becomes one plain fault, and the list stays as it was.
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { Context, Hooks } from "../../src/core/context.ts";
import { Hub } from "../../src/core/hub.ts";
import { Rows } from "../../src/core/model/rows.ts";
import { Store } from "../../src/core/store/db.ts";
import { refusalOf } from "../../src/core/stream/faults.ts";
import { inbox } from "../../src/core/sync/inbox.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import { type Port, Refusal } from "../../src/shared/rpc.ts";
import type { Me } from "../../src/shared/types.ts";

const answered = (condition: string, text = ""): Refusal =>
  refusalOf(parseStored(`<iq xmlns='jabber:client' type='error'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>${text && `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>${text}</text>`}</error></iq>`));

/** What an inbox says of itself and raises when every question ends in WHY. */
async function asked(why: Refusal): Promise<{ said: Partial<Me>[]; raised: string[]; rows: string[] }> {
  const [said, raised]: [Partial<Me>[], string[]] = [[], []];
  const rows = new Rows({ tell: () => undefined, gone: () => undefined, keep: async () => undefined, nameOf: (jid) => jid });
  rows.need("oskar@localhost", "chat");
  const context = {
    jid: "mira@localhost", rows, stream: { request: () => Promise.reject(why) }, setMe: (change: Partial<Me>) => void said.push(change), raise: (hook: keyof Hooks) => void raised.push(hook),
  } as unknown as Context;
  inbox(context).onOnline?.(false);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return { said, raised, rows: rows.all().map((row) => row.jid) };
}

describe("a server of another version", () => {
  it("that has no inbox is named, and the rest of the client is there with what was kept", async () => {
    for (const condition of ["service-unavailable", "feature-not-implemented"]) {
      expect(await asked(answered(condition, "no such thing"))).toEqual({ said: [{ fault: "unsupported" }], raised: ["onFirstPage"], rows: ["oskar@localhost"] });
    }
  });

  it("is not meant when a connection is lost", async () => {
    expect((await asked(new Refusal("offline"))).said).toEqual([]);
    expect((await asked(answered("internal-server-error"))).said).toEqual([]);
  });

  it("says so to who asks for what it cannot do", () => {
    expect(answered("feature-not-implemented").fault).toBe("unsupported");
  });
});

describe("a worker that another one has followed", () => {
  it("tells its pages before anything else, waits until they show it, and refuses what would be lost", async () => {
    let wanted: (kept: boolean) => Promise<void> = async () => undefined;
    const hub = new Hub(() => { throw new Error("there is no account"); }, { lookAt: async () => ({}), register: async () => undefined }, new Store(() => undefined), async (leave) => { wanted = leave; });
    const [heard, answers]: [string[], Record<number, unknown>] = [[], {}];
    let call = 0;
    const port: Port = {
      onmessage: null,
      postMessage: (letter) => {
        const one = letter as { news?: string; answer?: number; fault?: string };
        if (one.news) heard.push(one.news);
        if (one.answer) answers[one.answer] = one.fault ?? "done";
      },
    };
    const ask = async (name: string): Promise<unknown> => {
      const id = ++call;
      port.onmessage?.({ data: { call: id, name, args: ["oskar@localhost", {}] } } as MessageEvent);
      for (let turns = 0; turns < 20 && answers[id] === undefined; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
      return answers[id];
    };
    hub.attach(port);
    expect(await ask("accounts")).toBe("done");
    const left = wanted(true);
    expect(heard).toContain("taken");
    expect(await ask("keep")).toBe("done");
    expect(await ask("left")).toBe("done");
    await left;
    expect(await ask("draft")).toBe("done");
    expect(await ask("send")).toBe("superseded");
    expect(await ask("accounts")).toBe("superseded");
  });
});
