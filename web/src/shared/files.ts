// SPDX-License-Identifier: Apache-2.0
// Files on their way out, as page and worker speak of them.
import type { FileInfo } from "./types.ts";

/** Pictures that every browser draws, and that carry no script. */
export const PICTURE = /^image\/(png|jpeg|gif|webp|avif)$/;
/** Files in one message. */
export const FILES_MAX = 30;

/** What a picture looks like, found out without showing it. */
export interface Look {
  width: number;
  height: number;
  /** As in FileInfo. */
  preview: string;
  thumb: Blob;
}

/** A file that shall be sent. */
export interface Outgoing {
  blob: Blob;
  info: Omit<FileInfo, "url" | "size">;
  /** A picture that is to be scaled down. */
  smaller: boolean;
  /** Every byte as it is, the place where a photo was taken among them. */
  original: boolean;
}

/** How far the files of a message have come. */
export interface Sending {
  /** Bytes. */
  done: number;
  size: number;
  /** waiting: for the network. */
  state: "going" | "paused" | "waiting";
}

/** A media type without its parameters; "" for what is none. */
export const plainType = (type: string): string => /^[\w.+-]+\/[\w.+-]+/.exec(type.toLowerCase())?.[0] ?? "";
