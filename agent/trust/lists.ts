/** The signed lists, from their bytes to what is asked of them. Pure. */
import type { z } from 'zod';
import { foreignKey } from '../credential/foreign-key.js';
import { verifierFromKey } from '../credential/signature.js';
import { decodeList, LIST_KINDS, type ListKind } from '../credential/signed-list.js';
import type { CardAction } from '../domain/card-action.js';
import { WaslError } from '../domain/errors.js';
import type { ForeignKey, IssuerKey, TerminalKey, Verifier } from '../domain/keys.js';
import type { Policy } from '../domain/policy.js';
import { SUPERVISOR_ROLE, type Supervisor } from '../domain/supervisor.js';
import { actionsSchema, hotlistSchema, keysSchema, parseWith, policySchema, terminalsSchema } from './list-schemas.js';
import type { ListedSite, SiteTrust, SupervisorTrust, Trust, TrustVersions } from './trust.js';

/** The lists as they were signed. Hotlist and card actions may be missing. */
export interface ListBytes extends Readonly<Record<Exclude<ListKind, 'hotlist' | 'actions'>, Uint8Array>> {
  readonly hotlist: Uint8Array | null;
  readonly actions: Uint8Array | null;
}

/** The lists as they are in force. */
export interface Lists {
  readonly issuers: ReadonlyMap<string, readonly IssuerKey[]>;
  readonly terminals: ReadonlyMap<string, readonly TerminalKey[]>;
  readonly foreign: readonly ForeignKey[];
  readonly supervisors: readonly Supervisor[];
  /** By id, and the area of each by its number. */
  readonly sites: ReadonlyMap<string, ListedSite>;
  readonly areas: ReadonlyMap<number, string>;
  readonly hotlist: ReadonlySet<number>;
  /** By serial. */
  readonly actions: ReadonlyMap<number, CardAction>;
  readonly policy: Policy;
  readonly versions: TrustVersions;
  /** When the newest of them was signed, ms since 1970: no clock can be earlier. */
  readonly issuedMs: number;
}

/** Verifies and reads all lists. Throws `ERR_LIST_FORMAT`, `ERR_LIST_SIGNATURE`, `ERR_KEY_WEAK` or `ERR_KEY_FORMAT`. */
export function readLists(bytes: ListBytes, authority: Verifier): Lists {
  const parse = { code: 'ERR_LIST_FORMAT' } as const;
  const content = (kind: ListKind, signed: Uint8Array): unknown => decodeList(signed, kind, authority);
  const keys = parseWith(keysSchema, content('keys', bytes.keys), { ...parse, name: 'the keys list' });
  const terminals = parseWith(terminalsSchema, content('terminals', bytes.terminals), {
    ...parse,
    name: 'the terminals list',
  });
  const policy = parseWith(policySchema, content('policy', bytes.policy), { ...parse, name: 'the policy' });
  const hotlist =
    bytes.hotlist === null
      ? null
      : parseWith(hotlistSchema, content('hotlist', bytes.hotlist), { ...parse, name: 'the hotlist' });
  const actions =
    bytes.actions === null
      ? null
      : parseWith(actionsSchema, content('actions', bytes.actions), { ...parse, name: 'the list of card actions' });
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
  const signed = [keys, terminals, policy, hotlist, actions].filter((list) => list !== null);
  return {
    issuers: byKeyId(issuers),
    foreign: (keys.foreign ?? []).map(readForeign),
    supervisors: (terminals.supervisors ?? []).map(readSupervisor),
    terminals: byKeyId(enrolled),
    sites: new Map((terminals.sites ?? []).map((one) => [one.site, one])),
    areas: new Map((terminals.sites ?? []).map((one) => [one.number, one.area])),
    hotlist: new Set(hotlist?.cards ?? []),
    actions: new Map((actions?.cards ?? []).map((one) => [one.card, readAction(one)])),
    policy: { ...policy, expiresAt: seconds(policy.expires) },
    versions: {
      keys: keys.version,
      terminals: terminals.version,
      hotlist: hotlist?.version ?? 0,
      policy: policy.version,
      actions: actions?.version ?? 0,
    },
    issuedMs: Math.max(...signed.map((list) => Date.parse(list.issuedAt))),
  };
}

/** Answers from whatever lists are in force at the moment of the question. */
export function trustIn(current: () => Lists): Trust & SupervisorTrust & SiteTrust {
  return {
    issuerKeys: (keyId) => current().issuers.get(toHex(keyId)) ?? [],
    terminalKeys: (keyId) => current().terminals.get(toHex(keyId)) ?? [],
    foreignKeys: () => current().foreign,
    supervisors: () => current().supervisors,
    site: (name) => current().sites.get(name) ?? null,
    areaOf: (number) => current().areas.get(number) ?? null,
    sitesOf: (kind) =>
      [...current().sites.values()]
        .filter((one) => one.kind === kind && one.accredited)
        .sort((a, b) => a.number - b.number),
    isHotlisted: (card) => current().hotlist.has(card),
    cardAction: (card) => current().actions.get(card) ?? null,
    policy: () => current().policy,
    versions: () => current().versions,
  };
}

/** Throws `ERR_LIST_VERSION` when a version is below the one that was accepted before; `where` is the folder of the newer lists. */
export function refuseOlder(next: TrustVersions, floor: TrustVersions, where: string): void {
  for (const kind of LIST_KINDS) {
    if (next[kind] >= floor[kind]) continue;
    throw new WaslError(
      'ERR_LIST_VERSION',
      `the ${kind} list in ${where} is version ${next[kind]}, older than version ${floor[kind]}, which this terminal has accepted`,
    );
  }
}

function readForeign(key: NonNullable<z.infer<typeof keysSchema>['foreign']>[number]): ForeignKey {
  return foreignKey({
    issuer: key.issuer,
    algorithm: key.algorithm,
    publicKey: fromHex(key.publicKey),
    keyId: key.keyId === undefined ? null : fromHex(key.keyId),
    ...window(key),
  });
}

function readAction(one: z.infer<typeof actionsSchema>['cards'][number]): CardAction {
  const { credential, number, endorsement } = one;
  return {
    credential: fromHex(credential),
    number,
    endorsement: endorsement === undefined ? null : fromHex(endorsement),
  };
}

function readSupervisor(one: NonNullable<z.infer<typeof terminalsSchema>['supervisors']>[number]): Supervisor {
  const { number, name, role = SUPERVISOR_ROLE, sites, pin } = one;
  const verifier = { salt: fromHex(pin.salt), logN: pin.logN, hash: fromHex(pin.hash) };
  return { number, name, role, sites, pin: verifier, ...window(one) };
}

function byKeyId<T extends { readonly verifier: Verifier }>(keys: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const grouped = new Map<string, T[]>();
  for (const key of keys) {
    const id = toHex(key.verifier.keyId);
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

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
