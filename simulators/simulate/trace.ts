/** What happened in a world, in order: as a hash over all of it, and as lines for people where somebody wants to read them. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Lines that are kept for reading; the hash covers all of them. */
const LINES_MAX = 20_000;
/** What is kept for reading: nothing, what people want to know, or every detail. */
export type TraceDepth = 'nothing' | 'notes' | 'details';

/** Characters that are gathered before they are hashed. */
const CHUNK_CHARS = 16_384;

/** See the head of this file. */
export class Trace {
  readonly lines: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #depth: TraceDepth;
  readonly #nowMs: () => number;
  #chunk = '';
  #steps = 0;

  constructor(depth: TraceDepth, nowMs: () => number) {
    this.#depth = depth;
    this.#nowMs = nowMs;
  }

  /** Things noted so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Notes something for the hash alone: what happens too often to be read. */
  detail(text: string): void {
    this.#hashed(text);
    if (this.#depth === 'details') this.#keep(text);
  }

  /** Notes something that people read too. */
  note(text: string): void {
    this.#hashed(text);
    if (this.#depth !== 'nothing') this.#keep(text);
  }

  #keep(text: string): void {
    if (this.lines.length < LINES_MAX) this.lines.push(`${stamp(this.#nowMs())} ${text}`);
  }

  #hashed(text: string): void {
    this.#steps += 1;
    this.#chunk += `${this.#nowMs()} ${text}\n`;
    if (this.#chunk.length < CHUNK_CHARS) return;
    this.#hash.update(this.#chunk);
    this.#chunk = '';
  }

  /** The hash over everything, in hex. Call once, at the end. */
  finish(): string {
    this.#hash.update(this.#chunk);
    return this.#hash.digest('hex');
  }
}

/** A short name for bytes in a trace. */
export function sumOf(bytes: Uint8Array): string {
  return `${bytes.length}:${crc32(bytes).toString(16)}`;
}

/** `1d 04:05:06.789` since the beginning. */
function stamp(elapsedMs: number): string {
  const time = new Date(elapsedMs).toISOString().slice(11, 23);
  return `${Math.floor(elapsedMs / 86_400_000)}d ${time}`;
}
