/** Where commands write much text: a stream, or a file that appears when it is complete. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';

/** Where text goes, piece by piece. */
export interface TextTarget {
  /** Rejects with `ERR_DATA_FILE`, or with what the stream says. */
  write(text: string): Promise<void>;
  /** Everything is there. */
  finish(): Promise<void>;
  /** Leaves nothing behind that looks complete. */
  abandon(): Promise<void>;
}

/** A stream that goes on after this, like standard output. */
export function streamTarget(stream: Writable): TextTarget {
  let broken: Error | null = null;
  const fail = (error: Error): void => {
    broken = error;
  };
  stream.on('error', fail);
  return {
    write: (text) =>
      new Promise((done, failed) => {
        if (broken !== null) failed(broken);
        else stream.write(text, (error) => (error == null ? done() : failed(error)));
      }),
    finish: async () => {},
    abandon: async () => {},
  };
}

/** A file that appears under its name when it is complete and on the disk, and not before; only its owner reads it. Rejects with `ERR_DATA_FILE`. */
export async function fileTarget(path: string): Promise<TextTarget> {
  const whole = resolve(path);
  const partial = `${whole}.part`;
  const failed = (error: unknown): WaslError => fileError('ERR_DATA_FILE', path, error);
  let file: FileHandle;
  try {
    file = await open(partial, 'w', 0o600);
  } catch (error) {
    throw failed(error);
  }
  return {
    write: async (text) => {
      try {
        await file.writeFile(text);
      } catch (error) {
        throw failed(error);
      }
    },
    finish: async () => {
      try {
        await file.sync();
        await file.close();
        await rename(partial, whole);
        const folder = await open(dirname(whole), 'r');
        await folder.sync().finally(() => folder.close());
      } catch (error) {
        throw failed(error);
      }
    },
    abandon: async () => {
      await file.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}

/** Whether the reader of a pipe has what they wanted, and left. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
