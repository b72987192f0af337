/** Policies, hotlists and descriptions of sites for settlement: those in the folder of the authority, and every version that was ever seen there. */
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ListRules, listRules } from '../../../sync/settlement/lists.js';
import { type LearningSiteHistory, type SiteHistory, siteHistory } from '../../../sync/settlement/sites.js';
import { verifierFromKey } from '../../credential/signature.js';
import { decodeList } from '../../credential/signed-list.js';
import type { Verifier } from '../../domain/keys.js';
import { fileError, makeFolder } from '../../files.js';
import { hotlistSchema, parseWith, policySchema, terminalsSchema } from '../../trust/list-schemas.js';

/** Where the lists are. */
export interface ListHistoryOptions {
  readonly folder: string;
  /** Keeps a copy of each version; null keeps none, so that older ones are known only until the next start. */
  readonly historyFolder: string | null;
  /** The authority's public key, 64 hex digits. */
  readonly authorityKey: string;
  readonly householdMembersMax: number;
}

/** Rules that learn of new lists. */
export interface ListHistory {
  readonly rules: ListRules;
  /** How sites were described, and since when. */
  readonly sites: SiteHistory;
  /** Takes in what is new in the folders. Rejects with `ERR_DATA_FILE` or `ERR_LIST_*`; what was known before stays known. */
  refresh(): Promise<void>;
}

/** Files whose names begin so are taken in: `policy.list`, and copies such as `policy-17.list`. */
const FILES = /^(policy|hotlist|terminals)(-\d+)?\.list$/;

/** Opens the folders and takes in what is there. Rejects with `ERR_DATA_FILE`, `ERR_KEY_WEAK` or `ERR_LIST_*`. */
export async function openListHistory(options: ListHistoryOptions): Promise<ListHistory> {
  const { folder, historyFolder, householdMembersMax } = options;
  const authority = verifierFromKey(Uint8Array.from(Buffer.from(options.authorityKey, 'hex')));
  const rules = listRules({ householdMembersMax });
  const sites = siteHistory();
  /** Files as they were when they were taken in. */
  const seen = new Map<string, string>();
  if (historyFolder !== null) await makeFolder(historyFolder);
  const refresh = async (): Promise<void> => {
    for (const from of historyFolder === null ? [folder] : [historyFolder, folder]) {
      for (const name of (await namesIn(from)).filter((one) => FILES.test(one))) {
        const path = join(from, name);
        const { mtimeMs, size } = await stat(path);
        const mark = `${mtimeMs} ${size}`;
        if (seen.get(path) === mark) continue;
        const taken = takeIn(await readFile(path), { rules, sites, authority, name });
        if (historyFolder !== null && from === folder) await keep(historyFolder, taken.file, taken.bytes);
        seen.set(path, mark);
      }
    }
  };
  await refresh();
  return { rules, sites, refresh };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw fileError('ERR_DATA_FILE', folder, error);
  }
}

function takeIn(
  bytes: Uint8Array,
  at: {
    readonly rules: ListRules;
    readonly sites: LearningSiteHistory;
    readonly authority: Verifier;
    readonly name: string;
  },
): { readonly file: string; readonly bytes: Uint8Array } {
  const { rules, sites, authority, name } = at;
  const parse = { code: 'ERR_LIST_FORMAT', name } as const;
  if (name.startsWith('policy')) {
    const policy = parseWith(policySchema, decodeList(bytes, 'policy', authority), parse);
    rules.addPolicy({ ...policy, expiresAt: secondsOf(policy.expires) });
    return { file: `policy-${policy.version}.list`, bytes };
  }
  if (name.startsWith('terminals')) {
    const list = parseWith(terminalsSchema, decodeList(bytes, 'terminals', authority), parse);
    sites.add({ version: list.version, issuedAt: secondsOf(list.issuedAt), sites: list.sites ?? [] });
    return { file: `terminals-${list.version}.list`, bytes };
  }
  const hotlist = parseWith(hotlistSchema, decodeList(bytes, 'hotlist', authority), parse);
  rules.addHotlist({ version: hotlist.version, issuedAt: secondsOf(hotlist.issuedAt), cards: hotlist.cards });
  return { file: `hotlist-${hotlist.version}.list`, bytes };
}

/** A copy appears whole or not at all. */
async function keep(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, file);
  await writeFile(`${path}.new`, bytes, { flush: true });
  await rename(`${path}.new`, path);
}

function secondsOf(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
