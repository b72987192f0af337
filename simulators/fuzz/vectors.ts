/** The published vectors, as inputs to begin from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vectors } from './target.js';

/** Everything in `value` that is text in hex or a QR text, by what it is called. */
function collect(value: unknown, into: { hex: Set<string>; text: Set<string> }): void {
  if (typeof value === 'string' && /^([0-9a-f]{2}){4,}$/.test(value)) into.hex.add(value);
  else if (typeof value === 'object' && value !== null) {
    if ('form' in value && 'text' in value && typeof value.text === 'string') into.text.add(value.text);
    for (const member of Object.values(value)) collect(member, into);
  }
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

interface EndorsementFile {
  readonly credential: string;
  readonly valid: readonly { readonly input: string }[];
  readonly invalid: readonly { readonly input: string }[];
}

interface SlipFile {
  readonly valid: readonly { readonly input: string; readonly parts: { readonly content: string } }[];
  readonly invalid: readonly { readonly input: string }[];
}

interface Type4File {
  readonly valid: readonly { readonly exchanges: readonly { readonly answer: string }[] }[];
  readonly invalid: readonly { readonly exchanges: readonly { readonly answer: string }[] }[];
}

/** Reads the vectors in a folder: `docs/vectors`. */
export function readVectors(folder: string): Vectors {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const found = { hex: new Set<string>(), text: new Set<string>() };
  for (const name of ['credential.json', 'foreign.json']) collect(json(name), found);
  const ledger = { hex: new Set<string>(), text: new Set<string>() };
  collect(json('ledger.json'), ledger);
  const { vectors } = json('memory.json') as { readonly vectors: readonly { readonly memory: readonly string[] }[] };
  const { credential, valid, invalid } = json('endorsement.json') as EndorsementFile;
  const slips = json('slip.json') as SlipFile;
  const type4 = json('type4.json') as Type4File;
  return {
    endorsements: [...valid, ...invalid].map(({ input }) => bytesOf(input)),
    endorsed: bytesOf(credential),
    conversations: [...type4.valid, ...type4.invalid].map(({ exchanges }) =>
      exchanges.map(({ answer }) => bytesOf(answer)),
    ),
    slips: [...slips.valid, ...slips.invalid].map(({ input }) => input),
    slipContents: slips.valid.map(({ parts }) => bytesOf(parts.content)),
    bytes: [...found.hex].map(bytesOf),
    texts: [...found.text],
    memories: vectors.map(({ memory }) => bytesOf(memory.join(''))),
    slots: [...ledger.hex].map(bytesOf).filter((bytes) => bytes.length >= 8),
    keys: [...keysIn(json('credential.json')), ...keysIn(json('foreign.json'))],
  };
}

function keysIn(file: unknown): Uint8Array[] {
  const { keys } = file as { readonly keys: Readonly<Record<string, { readonly publicKey: string }>> };
  return Object.values(keys).map(({ publicKey }) => bytesOf(publicKey));
}
