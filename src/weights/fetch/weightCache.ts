import type { WeightChecksum } from './checksum.js';

/** A file as a cache keeps it. */
export interface CachedWeightFile {
  readonly bytes: Uint8Array;
  /** What the file hashed to, whole, when it was written. */
  readonly checksum: WeightChecksum;
}

/**
 * Keeps downloaded files. What it gives back is verified again by whoever asks, so that it may be anything that keeps
 * bytes; but it must keep a file whole or not at all, even if another process writes the same one.
 */
export interface WeightCache {
  /** The file kept under `key` (its address), or undefined. */
  read(key: string): Promise<CachedWeightFile | undefined>;
  /** Keeps a verified file in place of what was there. */
  write(key: string, file: CachedWeightFile): Promise<void>;
  /** Removes what `read` gave, which was damaged. */
  remove(key: string): Promise<void>;
  /** Opens a store for the part of a file that has come so far; without one, each download starts from nothing. */
  openPartial?(key: string): Promise<PartialDownload>;
}

/** By what a server tells two versions of a file apart. */
export interface FileVersion {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** The part of a file that has come so far; it belongs to one download at a time. */
export interface PartialDownload {
  /** What an earlier download left, or undefined. Read once, before anything is written. */
  readonly left: { readonly bytes: Uint8Array; readonly version: FileVersion } | undefined;
  /** Drops all bytes, and notes of which version the next ones are. */
  restart(version: FileVersion): Promise<void>;
  /** Adds the bytes that have come. */
  append(bytes: Uint8Array): Promise<void>;
  /** Closes it. The bytes are left for the next download if they are to be kept, removed otherwise. */
  close(keep: boolean): Promise<void>;
}
