// SPDX-License-Identifier: Apache-2.0
// Coming in: the door, invitations, several accounts, devices, a new password.
import { PASSWORD, device, expect, fresh, messages, person, say, talkTo, test } from "./bed.ts";

test.use({ serviceWorkers: "allow" });

test("a wrong password and an address of elsewhere get a sentence, and nothing typed is lost", async ({ browser, server }) => {
  const name = fresh("mira");
  server.addUser(name);
  const mira = await device(browser, server, name);
  await mira.page.getByLabel("Address").fill(name);
  await mira.page.getByLabel("Password", { exact: true }).fill("not this one");
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await expect(mira.page.getByRole("alert")).toContainText("do not fit together");
  await expect(mira.page.getByLabel("Address")).toHaveValue(name);
  await mira.page.getByLabel("Address").fill("mira@elsewhere.example");
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await expect(mira.page.getByRole("alert")).toContainText("elsewhere.example is another server");
  await mira.page.getByLabel("Address").fill(name);
  await mira.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await mira.page.getByRole("button", { name: "Show the password" }).click();
  await expect(mira.page.getByLabel("Password", { exact: true })).toHaveAttribute("type", "text");
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await mira.page.locator(".app").waitFor();
  await mira.page.reload();
  await mira.page.locator(".app").waitFor();
  expect(mira.faults).toEqual([]);
});

test("an invitation leads straight in, to who has invited; used, it says so", async ({ browser, server }) => {
  const ines = await person(browser, server, fresh("ines"));
  const link = server.ctl(["invite", "new", "--contact", ines.jid.split("@")[0] as string]);
  const token = /\/i\/([\w-]+)/.exec(link)?.[1] ?? /preauth=([\w-]+)/.exec(link)?.[1] ?? "";
  expect(token).not.toBe("");
  const rosa = await device(browser, server, fresh("rosa"));
  await rosa.page.goto(`/join?invite=${token}`);
  await expect(rosa.page.getByRole("heading", { level: 1 })).toContainText("invites you");
  await rosa.page.getByLabel("Your name").fill(`Rosa ${rosa.name}`);
  await rosa.page.getByLabel("Your address").fill(rosa.name);
  await rosa.page.getByLabel("Password", { exact: true }).fill("abc");
  await expect(rosa.page.getByText("Too easy to guess")).toBeVisible();
  await rosa.page.getByLabel("Password", { exact: true }).fill("four words and a horse");
  await expect(rosa.page.getByText("Good.", { exact: true })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Come in" }).click();
  await rosa.page.getByRole("button", { name: "Start" }).click();
  await rosa.page.locator(`.row[data-jid="${ines.jid}"]`).click();
  await say(rosa, "Here I am");
  await ines.page.locator(`.row[data-jid="${rosa.jid}"]`).click();
  await expect(messages(ines, "Here I am")).toHaveCount(1);
  const late = await device(browser, server, "late");
  await late.page.goto(`/join?invite=${token}`);
  await expect(late.page.getByRole("heading", { level: 1 })).toContainText("This invitation is closed");
  expect([...rosa.faults, ...ines.faults]).toEqual([]);
});

test("two accounts in one browser: what waits in the other stands on the rail", async ({ browser, server }) => {
  const [one, two, oskar] = [fresh("mira"), fresh("work"), await person(browser, server, fresh("oskar"))];
  const mira = await person(browser, server, one);
  server.addUser(two);
  await mira.page.goto("/login");
  await mira.page.getByLabel("Address").fill(two);
  await mira.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await mira.page.getByRole("button", { name: "Sign in" }).click();
  await expect(mira.page.getByRole("button", { name: `You: ${two}, Available` })).toBeVisible();
  await talkTo(oskar, mira.jid);
  await say(oskar, "To the first");
  await expect(mira.page.getByRole("button", { name: `${one}@localhost 1 message waits for you` })).toBeVisible();
  await mira.page.getByRole("button", { name: new RegExp(`^${one}@localhost`) }).click();
  await expect(mira.page.locator(`.row[data-jid="${oskar.jid}"]`)).toBeVisible();
  await mira.page.getByRole("button", { name: /^You: / }).click();
  await mira.page.getByRole("menuitem", { name: /^Sign out/ }).click();
  await mira.page.getByRole("button", { name: /^Sign out/ }).click();
  await expect(mira.page.getByRole("button", { name: `You: ${two}, Available` })).toBeVisible();
  await mira.page.reload();
  await expect(mira.page.getByRole("button", { name: `You: ${two}, Available` })).toBeVisible();
  await expect(mira.page.getByRole("button", { name: new RegExp(`^${one}@localhost`) })).toHaveCount(0);
  expect(mira.faults).toEqual([]);
});

test("a device is signed out from another one, finds the door with its address, and what was written", async ({ browser, server }) => {
  const name = fresh("mira");
  const [here, there] = [await person(browser, server, name), await person(browser, server, name)];
  const oskar = fresh("oskar");
  server.addUser(oskar);
  await talkTo(there, `${oskar}@localhost`);
  await there.page.getByRole("textbox", { name: /^Message / }).fill("half a sentence");
  await here.page.goto("/settings/devices");
  await expect(here.page.getByText("This device")).toHaveCount(1);
  const others = here.page.getByRole("button", { name: "Sign out", exact: true });
  await expect(others).toHaveCount(1);
  await others.click();
  await here.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
  await expect(there.page.getByRole("heading", { level: 1 })).toContainText("Sign in again");
  await expect(there.page.getByLabel("Address")).toHaveValue(`${name}@localhost`);
  await there.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await there.page.getByRole("button", { name: "Sign in" }).click();
  await expect(there.page.getByRole("textbox", { name: /^Message / })).toHaveText("half a sentence");
  expect([...here.faults, ...there.faults]).toEqual([]);
});

test("a new password: this device goes on, the old one opens nothing", async ({ browser, server }) => {
  const mira = await person(browser, server, fresh("mira"));
  await mira.page.goto("/settings/account");
  await expect(mira.page.getByRole("button", { name: /^You: .*Available/ })).toBeVisible();
  await mira.page.getByLabel("New password").fill("another-horse-42");
  await mira.page.getByRole("button", { name: "Change the password" }).click();
  await expect(mira.page.getByText("The password is changed")).toBeVisible();
  await mira.page.reload();
  await expect(mira.page.getByRole("heading", { level: 1 })).toContainText("Profile and password");
  await expect(mira.page.getByRole("button", { name: /^You: .*Available/ })).toBeVisible();
  const other = await device(browser, server, mira.name);
  await other.page.getByLabel("Address").fill(mira.name);
  await other.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await expect(other.page.getByRole("alert")).toContainText("do not fit together");
  await other.page.getByLabel("Password", { exact: true }).fill("another-horse-42");
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.locator(".app").waitFor();
  expect(mira.faults).toEqual([]);
});

test("signing out leaves nothing of the account in the browser, and no way back without the password", async ({ browser, server }) => {
  const name = fresh("mira");
  const [here, there] = [await person(browser, server, name), await person(browser, server, name)];
  const oskar = await person(browser, server, fresh("oskar"));
  await talkTo(oskar, here.jid);
  await say(oskar, "a secret word");
  await here.page.locator(`.row[data-jid="${oskar.jid}"]`).click();
  await expect(messages(here, "a secret word")).toBeVisible();
  await here.page.getByRole("textbox", { name: /^Message / }).fill("and half an answer");
  await here.page.getByRole("button", { name: /^You:/ }).click();
  await here.page.getByRole("menuitem", { name: "Sign out" }).click();
  await here.page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
  await expect(here.page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(here.page.getByLabel("Address")).toHaveValue("");

  // Everything a page of this origin could still read: databases, caches, small texts.
  const left = () => here.page.evaluate(async () => {
    const words: string[] = [...Object.entries(localStorage).flat(), ...Object.entries(sessionStorage).flat()];
    for (const { name: db } of await indexedDB.databases()) {
      const open = await new Promise<IDBDatabase>((resolve, reject) => {
        const asked = indexedDB.open(db ?? "");
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
      for (const store of open.objectStoreNames) {
        const rows = await new Promise<unknown[]>((resolve, reject) => {
          const asked = open.transaction(store).objectStore(store).getAll();
          asked.onsuccess = () => resolve(asked.result);
          asked.onerror = () => reject(asked.error);
        });
        words.push(...rows.map((row) => `${store}: ${JSON.stringify(row)}`));
      }
      open.close();
    }
    for (const cache of await caches.keys()) words.push(...(await (await caches.open(cache)).keys()).map((one) => one.url));
    return words;
  });
  const about = async (): Promise<string[]> => (await left()).filter((one) => [name, "oskar", "secret", "half an answer"].some((word) => one.includes(word)) || /^(accounts|conversations|logs|outbox|settings): /.test(one));
  expect(await about()).toEqual([]);
  await here.page.waitForTimeout(3000); // what was under way would have been written by then
  expect(await about()).toEqual([]);

  await there.page.goto("/settings/devices");
  await expect(there.page.getByText("This device")).toBeVisible();
  // It knew the password and may come back with it (XEP-0494, 4.2), but has no stream and no token any more.
  await expect(there.page.getByText("Connected now")).toHaveCount(1);
  expect(server.ctl(["clients", "list", there.jid]).trim().split("\n").slice(1).map((line) => line.trim().split(/\s{2,}/).slice(-3).join(" ")).toSorted()).toEqual(["no yes no", "yes yes yes"]);
  expect([...here.faults, ...there.faults, ...oskar.faults]).toEqual([]);
});
