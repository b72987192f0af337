/** The text of a QR code down to its COSE bytes: the part of the pipeline that our own codes and those of other issuers share. */
import { brotliDecompressSync, inflateSync } from 'node:zlib';
import type { ErrorCode } from '../domain/error-codes.js';
import { base45Decode } from './base45.js';

/** What a text may be. */
export interface QrTextLimits {
  readonly charsMax: number;
  /** Bytes after decompression. */
  readonly bytesMax: number;
  /** Whether Brotli is read besides zlib (Claim 169 from 1.2.2 on). Ours is always zlib. */
  readonly brotli: boolean;
}

/** Result of {@link bytesOfQrText}. */
export type QrTextResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly step: 'text' | 'base45' | 'inflate'; readonly code: ErrorCode };

/** Undoes Base45 and compression, bounded, one step after the other. Never throws. */
export function bytesOfQrText(text: string, limits: QrTextLimits): QrTextResult {
  if (text.length === 0 || text.length > limits.charsMax || !/^[0-9A-Z $%*+\-./:]+$/.test(text))
    return { ok: false, step: 'text', code: 'ERR_CREDENTIAL_TEXT' };
  const compressed = base45Decode(text);
  if (compressed === null) return { ok: false, step: 'base45', code: 'ERR_CREDENTIAL_BASE45' };
  const bytes = inflated(compressed, limits);
  return bytes === null ? { ok: false, step: 'inflate', code: 'ERR_CREDENTIAL_INFLATE' } : { ok: true, bytes };
}

/** Null for what is damaged or larger than any credential: the same answer. */
function inflated(compressed: Uint8Array, { bytesMax, brotli }: QrTextLimits): Uint8Array | null {
  const inflate = brotli && !isZlib(compressed) ? brotliDecompressSync : inflateSync;
  try {
    const { buffer, engine } = inflate(compressed, { maxOutputLength: bytesMax, info: true } as object) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    // Bytes after the end of the stream are ignored by the decompressor; a credential has none.
    return engine.bytesWritten === compressed.length ? buffer : null;
  } catch {
    return null;
  }
}

/** RFC 1950 §2.2: method 8, and a header that is a multiple of 31. */
function isZlib(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
