import type { PartialEntry } from '../../store/index.js';

/** By what a server tells two versions of a file apart. */
export interface FileVersion {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** The part of a file that has come so far. */
export interface PartialFile {
  /** What an earlier download left, or undefined: given once, so that it is held no longer than it is needed. */
  takeLeft(): { readonly bytes: Uint8Array; readonly version: FileVersion } | undefined;
  /** Drops all bytes, and notes of which version the next ones are. */
  restart(version: FileVersion): Promise<void>;
  /** Adds the bytes that have come. */
  append(bytes: Uint8Array): Promise<void>;
  /** Lets go of it. The bytes are left for the next download if they are to be kept, removed otherwise. */
  close(keep: boolean): Promise<void>;
}

/**
 * Lays the part of a file out in an entry: one line of JSON that says which version of the file it is, then the bytes.
 */
export async function openPartialFile(entry: PartialEntry): Promise<PartialFile> {
  let left: ReturnType<PartialFile['takeLeft']>;
  try {
    left = parse(await entry.left());
  } catch (error) {
    await entry.close(true);
    throw error;
  }
  let bytesKept = left?.bytes.length ?? 0;
  return {
    takeLeft() {
      const taken = left;
      left = undefined;
      return taken;
    },
    async restart(version) {
      await entry.restart();
      bytesKept = 0;
      await entry.append(new TextEncoder().encode(`${JSON.stringify(version)}\n`));
    },
    async append(bytes) {
      await entry.append(bytes);
      bytesKept += bytes.length;
    },
    close: (keep) => entry.close(keep && bytesKept > 0),
  };
}

function parse(content: Uint8Array | undefined): ReturnType<PartialFile['takeLeft']> {
  const end = content?.indexOf(0x0a) ?? -1;
  if (content === undefined || end < 0 || end + 1 === content.length) return undefined;
  try {
    const { etag, lastModified } = JSON.parse(new TextDecoder().decode(content.subarray(0, end))) as Record<
      string,
      unknown
    >;
    const version = {
      ...(typeof etag === 'string' && { etag }),
      ...(typeof lastModified === 'string' && { lastModified }),
    };
    return { version, bytes: content.subarray(end + 1) };
  } catch {
    return undefined;
  }
}
