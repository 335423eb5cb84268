// SPDX-License-Identifier: Apache-2.0
// Nothing moves that is read: when a conversation is opened, when the window changes, when the network goes and comes back.
import { expect, fresh, messages, type Person, person, talkTo, test } from "./bed.ts";
import { type Raw, raw } from "./raw.ts";
import { watchMoves } from "./still.ts";

const LONG = " and the wind turns to the north in the evening, so that the small ferry stays at the pier until the morning";

function tell(one: Raw, to: string, tag: string, from: number, until: number): void {
  for (let n = from; n < until; n++) one.send(`<message xmlns="jabber:client" to="${to}" type="chat" id="${tag}-${n}"><body>${tag} ${n}${n % 7 === 0 ? LONG.repeat(1 + (n % 3)) : ""}</body></message>`);
}

function picture(one: Raw, to: string, url: string, id: string): void {
  one.send(`<message xmlns="jabber:client" to="${to}" type="chat" id="${id}"><body>${url}</body><file-sharing xmlns="urn:xmpp:sfs:0" disposition="inline"><file xmlns="urn:xmpp:file:metadata:0"><name>${id}.png</name><media-type>image/png</media-type><width>400</width><height>300</height></file><sources><url-data xmlns="http://jabber.org/protocol/url-data" target="${url}"/></sources></file-sharing></message>`);
}

const rowOf = (one: Person, jid: string) => one.page.locator(`.row[data-jid="${jid}"]`);

/** Somebody who has read what there is, sits before the empty frame, and gets NEW more. */
async function reader(browser: Parameters<typeof person>[0], server: Parameters<typeof person>[1], count: number): Promise<{ oskar: Person; sender: Raw }> {
  const [oskar, sender] = [await person(browser, server, fresh("oskar")), await raw(server, fresh("mira"))];
  tell(sender, oskar.jid, "seen", 0, 40);
  await talkTo(oskar, sender.jid);
  await expect(messages(oskar, "seen 0").first()).toBeInViewport();
  await oskar.page.bringToFront();
  await oskar.page.getByRole("button", { name: /new message|To the newest/ }).click();
  await expect(messages(oskar, "seen 39")).toBeInViewport();
  await expect(rowOf(oskar, sender.jid).getByText(/unread message/)).toHaveCount(0);
  await oskar.page.goto("/");
  await rowOf(oskar, sender.jid).waitFor();
  for (let n = 0; n < count; n++) {
    if (n % 4 === 1) picture(sender, oskar.jid, `${server.url}/file/x/y/${n}.png`, `new-${n}`);
    else if (n % 4 === 2) sender.send(`<message xmlns="jabber:client" to="${oskar.jid}" type="chat" id="new-${n}"><body>https://example.org/${n}</body></message>`);
    else tell(sender, oskar.jid, "new", n, n + 1);
  }
  if (count > 0) await expect(rowOf(oskar, sender.jid)).toContainText(`${count} unread message`);
  return { oskar, sender };
}

for (const { name, count, reload } of [
  { name: "with what is new, kept nowhere", count: 25, reload: true },
  { name: "with what is new, more than one page", count: 70, reload: false },
  { name: "with little that is new", count: 2, reload: false },
  { name: "with nothing new", count: 0, reload: true },
]) {
  test(`a conversation is opened ${name}: everything stands where it first stood`, async ({ browser, server }) => {
    const { oskar, sender } = await reader(browser, server, count);
    await oskar.page.route("**/file/**", (route) => route.fulfill({ contentType: "image/svg+xml", body: `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="900"/>` }));
    if (reload) {
      await oskar.page.reload();
      await rowOf(oskar, sender.jid).waitFor();
      if (count > 0) await expect(rowOf(oskar, sender.jid)).toContainText(`${count} unread message`);
    }
    const stop = await watchMoves(oskar.page);
    await rowOf(oskar, sender.jid).click();
    await expect(oskar.page.locator("article.msg").first()).toBeVisible();
    if (count > 0 && count < 50) await expect(oskar.page.locator(".log .new")).toBeInViewport();
    const seen = await stop();
    expect(seen.moves).toEqual([]);
    expect(seen.shifts).toBe(0);
    expect(oskar.faults.filter((one) => !one.includes("/file/"))).toEqual([]);
    await sender.stop();
  });
}
