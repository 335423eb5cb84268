// SPDX-License-Identifier: Apache-2.0
// Pictures of people and rooms before they are sent.

/** Pixels of a side. */
export const SIDE = 256;

/** The middle of a picture as a square, drawn anew: nothing of the file but its pixels goes out. */
export async function square(file: File): Promise<{ base64: string; type: string }> {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.getContext("2d")?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  const uri = canvas.toDataURL("image/png").length < 150_000 ? canvas.toDataURL("image/png") : canvas.toDataURL("image/jpeg", 0.85);
  const [head = "", base64 = ""] = uri.split(",");
  return { base64, type: head.slice(5, head.indexOf(";")) };
}
