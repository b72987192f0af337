/** Trust from signed list files in one folder: `keys.list`, `terminals.list`, `hotlist.list`, `policy.list`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifierFromKey } from '../credential/signature.js';
import { decodeList, LIST_KINDS, type ListKind } from '../credential/signed-list.js';
import { WaslError } from '../domain/errors.js';
import type { IssuerKey, TerminalKey, Verifier } from '../domain/keys.js';
import type { Policy } from '../domain/policy.js';
import { hotlistSchema, keysSchema, parseWith, policySchema, terminalsSchema } from './list-schemas.js';
import type { Trust, TrustVersions } from './trust.js';

/** The four lists as they are in force. */
interface Lists {
  readonly issuers: ReadonlyMap<string, readonly IssuerKey[]>;
  readonly terminals: ReadonlyMap<string, readonly TerminalKey[]>;
  readonly hotlist: ReadonlySet<number>;
  readonly policy: Policy;
  readonly versions: TrustVersions;
}

/** Trust that can be read again from its folder. */
export interface FileTrust extends Trust {
  /** Reads the folder again. All lists are replaced together; when one is bad, or older than what is in force, all stay as they were and this rejects. */
  reload(): Promise<void>;
}

/** Name of the file of a list. */
export function listFile(kind: ListKind): string {
  return `${kind}.list`;
}

/** Loads the lists. Only the hotlist may be missing. Rejects with `ERR_LIST_*` and the file's name. */
export async function loadTrust(folder: string, authority: Verifier): Promise<FileTrust> {
  let lists = await readLists(folder, authority);
  return {
    issuerKeys: (keyId) => lists.issuers.get(hex(keyId)) ?? [],
    terminalKeys: (keyId) => lists.terminals.get(hex(keyId)) ?? [],
    isHotlisted: (card) => lists.hotlist.has(card),
    policy: () => lists.policy,
    versions: () => lists.versions,
    reload: async () => {
      const next = await readLists(folder, authority);
      for (const kind of LIST_KINDS) {
        if (next.versions[kind] < lists.versions[kind]) {
          throw new WaslError(
            'ERR_LIST_VERSION',
            `the ${kind} list in ${folder} is version ${next.versions[kind]}, older than version ${lists.versions[kind]} in force`,
          );
        }
      }
      lists = next;
    },
  };
}

async function readLists(folder: string, authority: Verifier): Promise<Lists> {
  const read = async (kind: ListKind): Promise<unknown> => {
    const path = join(folder, listFile(kind));
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      if (kind === 'hotlist' && (cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new WaslError(
        'ERR_LIST_FORMAT',
        `${path} cannot be read. A terminal needs it: copy the lists that "wasl authority publish" wrote into ${folder}`,
        { cause },
      );
    }
    return decodeList(bytes, kind, authority);
  };
  const parse = { code: 'ERR_LIST_FORMAT' } as const;
  const keys = parseWith(keysSchema, await read('keys'), { ...parse, name: 'the keys list' });
  const terminals = parseWith(terminalsSchema, await read('terminals'), { ...parse, name: 'the terminals list' });
  const policy = parseWith(policySchema, await read('policy'), { ...parse, name: 'the policy' });
  const rawHotlist = await read('hotlist');
  const hotlist = rawHotlist === null ? null : parseWith(hotlistSchema, rawHotlist, { ...parse, name: 'the hotlist' });
  const issuers = keys.keys.map(
    (key): IssuerKey => ({
      verifier: verifierFromKey(fromHex(key.publicKey)),
      programmes: key.programmes,
      ...window(key),
    }),
  );
  const enrolled = terminals.terminals.map(
    (one): TerminalKey => ({
      verifier: verifierFromKey(fromHex(one.publicKey)),
      terminal: one.terminal,
      site: one.site,
      ...window(one),
    }),
  );
  return {
    issuers: byKeyId(issuers),
    terminals: byKeyId(enrolled),
    hotlist: new Set(hotlist?.cards ?? []),
    policy: { ...policy, expiresAt: seconds(policy.expires) },
    versions: {
      keys: keys.version,
      terminals: terminals.version,
      hotlist: hotlist?.version ?? 0,
      policy: policy.version,
    },
  };
}

function byKeyId<T extends { readonly verifier: Verifier }>(keys: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const grouped = new Map<string, T[]>();
  for (const key of keys) {
    const id = hex(key.verifier.keyId);
    grouped.set(id, [...(grouped.get(id) ?? []), key]);
  }
  return grouped;
}

function window(key: { readonly notBefore: string; readonly notAfter: string }): {
  notBefore: number;
  notAfter: number;
} {
  return { notBefore: seconds(key.notBefore), notAfter: seconds(key.notAfter) };
}

function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
