// SPDX-License-Identifier: Apache-2.0
// Voice messages, with the browser's own false microphone.
import { Server, test as base, expect, fresh, person, talkTo } from "./bed.ts";

const test = base.extend<object, { server: Server }>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright wants the pattern
    async ({}, use) => {
      const server = new Server("", "127.0.0.1:0");
      await server.start();
      await use(server);
      await server.stop();
      server.remove();
    },
    { scope: "worker" },
  ],
});

test.use({
  launchOptions: {
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
  },
});

test("a voice message is recorded, heard once more, sent and played by the other", async ({ browser, server }) => {
  const [mira, oskar] = [await person(browser, server, fresh("mira")), await person(browser, server, fresh("oskar"))];
  await talkTo(mira, oskar.jid);
  await mira.page.getByRole("button", { name: "Record a voice message" }).click();
  const recorder = mira.page.getByRole("group", { name: "Voice message" });
  await expect(recorder.locator(".recorder-time")).toHaveText("0:02");
  await recorder.getByRole("button", { name: "Stop recording" }).click();
  await expect(recorder.getByRole("group", { name: /^Sound voice-/ })).toBeVisible();
  await recorder.getByRole("button", { name: "Send the voice message" }).click();
  await expect(recorder).toHaveCount(0);
  await expect(mira.page.locator("#composer")).toBeFocused();
  await talkTo(oskar, mira.jid);
  const voice = oskar.page.getByRole("group", { name: /^Sound voice-/ });
  await expect(voice).toBeVisible();
  await expect(voice.locator("time")).toHaveText(/^0:0[2-9]$/);
  await voice.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => voice.locator("audio").evaluate((one: HTMLAudioElement) => one.currentTime)).toBeGreaterThan(0);
  await voice.getByRole("button", { name: "Speed: 1 times" }).click();
  await expect(voice.getByRole("button", { name: "Speed: 1.5 times" })).toBeVisible();
  expect([...mira.faults, ...oskar.faults]).toEqual([]);
});
