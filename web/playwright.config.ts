// SPDX-License-Identifier: Apache-2.0
// End to end, in Debian's Chromium, against the real parleyd (PARLEYD, PARLEYCTL). Each worker has a server of its own.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "test/e2e",
  outputDir: "../build/web/e2e",
  timeout: 180_000,
  expect: { timeout: 20_000 },
  // By hand one after the other; where all tests run, two files at a time, and a test that fails is looked at twice more, with a trace, and named.
  workers: process.env.CI ? 2 : 1,
  retries: process.env.CI ? 2 : 0,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    serviceWorkers: "block", // but where builds are looked at: each would fetch all files for each page
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
    trace: "on-first-retry",
  },
});
