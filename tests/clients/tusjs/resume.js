// SPDX-License-Identifier: Apache-2.0
// Run by with_tusjs.py: resume.js ENDPOINT AUTHORIZATION SIZE. Sends bytes that can be told apart, breaks the connection in the middle, goes on
// as a new program would, and prints a line "OK what" for each thing that worked.
import * as tus from "tus-js-client";

const [endpoint, Authorization, length] = process.argv.slice(2);
const content = Buffer.alloc(Number(length));
for (let i = 0; i < content.length; i++) content[i] = (i * 7 + Math.floor(i / 251)) & 255;

function send(options, breakAt) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(content, {
      headers: { Authorization },
      uploadSize: content.length,
      retryDelays: [200, 500, 1000, 2000, 4000, 8000],
      metadata: { filename: "tus.bin" },
      onError: reject,
      onSuccess: () => resolve(upload),
      onProgress: (sent) => {
        if (breakAt && upload.url && sent >= breakAt) {
          breakAt = 0;
          upload.abort().then(() => resolve(upload), reject);
        }
      },
      ...options,
    });
    upload.start();
  });
}

const first = await send({ endpoint, chunkSize: Math.ceil(content.length / 8) }, content.length / 4);
console.log("OK an upload was begun, and broken off");
let from = -1;
await send({ uploadUrl: first.url, onAfterResponse: (request, response) => {
  if (request.getMethod() === "HEAD" && response.getStatus() === 200) from = Number(response.getHeader("Upload-Offset"));
} });
if (!(from >= 0 && from < content.length)) throw new Error(`it went on from ${from}`);
console.log("OK it went on to its end");
await send({ uploadUrl: first.url });
console.log("OK what is whole is known to be");
