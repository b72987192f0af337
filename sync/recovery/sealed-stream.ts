/**
 * A file sealed in chunks, so that it is written and read with bounded memory: AES-256-GCM (NIST SP 800-38D) under a key of the file's
 * own. Each chunk: length (4 bytes, big-endian) ‖ ciphertext ‖ tag. The nonce counts the chunks and marks the last one, so a chunk that
 * is left out, moved or cut off is noticed.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { WaslError } from '../../agent/domain/errors.js';

/** Bytes of plaintext in a chunk; the last one may have fewer. */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const FILE_KEY_LABEL = 'wasl/backup/file/1';

/** The key of one file, from that of the backup (32 bytes each): no two files share one, nor a nonce under it. */
export function fileKey(backupKey: Uint8Array, fileName: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', backupKey, fileName, FILE_KEY_LABEL, 32));
}

/** Seals a stream of bytes. */
export async function* sealChunks(key: Uint8Array, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Buffer = Buffer.alloc(0);
  let index = 0;
  for await (const bytes of source) {
    waiting = Buffer.concat([waiting, bytes]);
    // One chunk stays behind: only at the end is it known which one is the last.
    for (; waiting.length > CHUNK_BYTES; waiting = waiting.subarray(CHUNK_BYTES)) {
      yield sealChunk(key, { index, last: false }, waiting.subarray(0, CHUNK_BYTES));
      index += 1;
    }
  }
  yield sealChunk(key, { index, last: true }, waiting);
}

/** Opens what {@link sealChunks} made. Throws `ERR_BACKUP_DAMAGED` at the first chunk that is not as it was made, or for an end that is cut off. */
export async function* openChunks(key: Uint8Array, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Buffer = Buffer.alloc(0);
  let index = 0;
  for await (const bytes of source) {
    waiting = Buffer.concat([waiting, bytes]);
    for (let end = chunkEnd(waiting); end !== null && waiting.length > end; end = chunkEnd(waiting)) {
      yield openChunk(key, { index, last: false }, waiting.subarray(LENGTH_BYTES, end));
      waiting = waiting.subarray(end);
      index += 1;
    }
  }
  if (chunkEnd(waiting) !== waiting.length) throw damaged();
  yield openChunk(key, { index, last: true }, waiting.subarray(LENGTH_BYTES));
}

interface Place {
  readonly index: number;
  readonly last: boolean;
}

/** Where the first chunk ends, or null while not even its length is there. */
function chunkEnd(bytes: Buffer): number | null {
  if (bytes.length < LENGTH_BYTES) return null;
  const length = bytes.readUInt32BE();
  if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) throw damaged();
  return LENGTH_BYTES + length;
}

function sealChunk(key: Uint8Array, place: Place, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(place));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function openChunk(key: Uint8Array, place: Place, sealed: Uint8Array): Uint8Array {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(place));
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
  return plaintext;
}

/** 12 bytes: 1 for the last chunk, else 0; then the number of the chunk. */
function nonceOf({ index, last }: Place): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(last ? 1 : 0);
  nonce.writeBigUInt64BE(BigInt(index), 4);
  return nonce;
}

function damaged(): WaslError {
  return new WaslError('ERR_BACKUP_DAMAGED', 'the sealed file is damaged or cut off');
}
