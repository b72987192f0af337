/** The escrows of terminals in the authority's folder: one file for each key of each terminal. They are sealed, so they need no secrecy. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import { openEscrow } from '../protocol/escrow.js';
import type { SealKey } from '../protocol/seal.js';
import { isTerminalName } from '../protocol/topics.js';

/** Longest text of an escrow. */
const TEXT_CHARS_MAX = 512;

/** The text of an escrow as it stands in a file: base64url and a line feed. */
export function escrowText(escrow: Uint8Array): string {
  return `${Buffer.from(escrow).toString('base64url')}\n`;
}

/** The escrow in the text of a file. Throws `ERR_SECRET`, naming `from`. */
export function parseEscrow(text: string, from: string): Uint8Array {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9_-]+$/.test(trimmed) || trimmed.length > TEXT_CHARS_MAX)
    throw new WaslError('ERR_SECRET', `${from} is not an escrow: "wasl terminal keygen" makes it`);
  return Uint8Array.from(Buffer.from(trimmed, 'base64url'));
}

/**
 * Keeps the escrow of a terminal's key in the authority's folder. Rejects with `ERR_SECRET` when the centre could not open it or it belongs
 * to another key: better now than when the terminal is dead.
 */
export async function keepEscrow(
  folder: string,
  terminal: { readonly terminal: string; readonly publicKey: string; readonly escrow: Uint8Array },
  sealKey: SealKey,
): Promise<void> {
  const { publicKey, escrow } = terminal;
  const opened = openEscrow(escrow, [sealKey]);
  if (opened === null) throw new WaslError('ERR_SECRET', 'the escrow was sealed to another centre, or is damaged');
  if (Buffer.from(opened.terminalKey).toString('hex') !== publicKey)
    throw new WaslError('ERR_SECRET', 'the escrow belongs to another terminal than the public key');
  const path = escrowPath(folder, terminal);
  await mkdir(join(folder, 'escrow'), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, escrowText(escrow), { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

/** The escrow of a terminal's key, or null when none was given at its enrolment. */
export async function readEscrow(
  folder: string,
  terminal: { readonly terminal: string; readonly publicKey: string },
): Promise<Uint8Array | null> {
  const path = escrowPath(folder, terminal);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return parseEscrow(text, path);
}

function escrowPath(
  folder: string,
  { terminal, publicKey }: { readonly terminal: string; readonly publicKey: string },
): string {
  if (!isTerminalName(terminal)) throw new WaslError('ERR_CONFIG', `'${terminal}' names no terminal`);
  return join(folder, 'escrow', `${terminal}-${publicKey.slice(0, 16)}.escrow`);
}
