/** A disk that is nothing but memory, for measuring what stands above it: no faults, nothing to forget, and no copies beyond the one. */
import type { Disk, DiskFile } from '../../agent/journal/disk.js';

/** Room that a new file has at once: growing is not what is measured. */
const FILE_BYTES = 1 << 14;

interface Content {
  bytes: Uint8Array;
  length: number;
}

/** An empty disk. */
export function flatDisk(): Disk {
  const files = new Map<string, Content>();
  const find = (path: string): Content => {
    const found = files.get(path);
    if (found === undefined) throw Object.assign(new Error(`there is no ${path}`), { code: 'ENOENT' });
    return found;
  };
  return {
    makeFolder: async () => {},
    list: async (folder) =>
      [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/'))
        .map((path) => path.slice(folder.length + 1))
        .sort(),
    open: async (path, mode) => {
      if (mode !== 'create') return fileOf(find(path));
      if (files.has(path)) throw Object.assign(new Error(`there is a ${path}`), { code: 'EEXIST' });
      const content: Content = { bytes: new Uint8Array(FILE_BYTES), length: 0 };
      files.set(path, content);
      return fileOf(content);
    },
    rename: async (from, to) => {
      files.set(to, find(from));
      files.delete(from);
    },
    remove: async (path) => {
      find(path);
      files.delete(path);
    },
    syncFolder: async () => {},
    lock: async () => ({ release: async () => {} }),
  };
}

function fileOf(content: Content): DiskFile {
  const grow = (length: number): void => {
    if (length > content.bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * content.bytes.length));
      larger.set(content.bytes.subarray(0, content.length));
      content.bytes = larger;
    }
    content.length = Math.max(content.length, length);
  };
  return {
    sizeBytes: async () => content.length,
    read: async (position, length) => content.bytes.slice(position, Math.min(position + length, content.length)),
    write: async (position, bytes) => {
      grow(position + bytes.length);
      content.bytes.set(bytes, position);
    },
    truncate: async (length) => {
      grow(length);
      content.bytes.fill(0, length, content.length);
      content.length = length;
    },
    sync: async () => {},
    close: async () => {},
  };
}
