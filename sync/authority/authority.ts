/**
 * The authority's desk: its keys, which terminals are enrolled, which cards are blocked, and the signed lists made from them.
 * Everything stands in one folder, which belongs on a machine that no terminal can reach.
 */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import nacl from 'tweetnacl';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import { newPin, PIN_LOG_N, pinVerifier } from '../../agent/credential/pin.js';
import { parseSecret } from '../../agent/credential/secret.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { encodeList, LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import type { Clock, Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { ForeignAlgorithm, Signer } from '../../agent/domain/keys.js';
import {
  type ActionEntry,
  type CardChange,
  type ChangeOutcome,
  endorseCards,
  listedAction,
  retireWritten,
  type WrittenEndorsement,
} from './card-actions.js';
import { issuedCards } from './issued-cards.js';
import { type AuthorityRegister, registerSchema, type SiteEntry } from './register.js';

export type { AuthorityRegister } from './register.js';

/** The private keys that stand in the folder's `secrets/`, as 64 hex digits each. */
export type AuthoritySecret = 'authority-key' | 'issuer-key' | 'centre-seal-key' | 'centre-ack-key';

/** The authority, opened on its folder. Every change is written before it resolves. */
export interface Authority {
  readonly folder: string;
  register(): AuthorityRegister;
  secret(name: AuthoritySecret): Promise<Uint8Array>;
  issuer(): Promise<Signer>;
  /** Adds a terminal, or gives it a new key or site; an earlier key ends now, and what it signed before is still believed. Rejects with `ERR_KEY_WEAK` for an unsound key. */
  enrol(terminal: {
    readonly terminal: string;
    readonly site: string;
    readonly publicKey: string;
    readonly years: number;
  }): Promise<void>;
  block(card: number): Promise<void>;
  /** Endorses issued cards: what is signed reaches them at their next tap, once the lists are published. Mistakes are outcomes, one for each change. */
  endorse(changes: readonly CardChange[]): Promise<readonly ChangeOutcome[]>;
  /** Retires endorsements that are on their cards; resolves to how many. */
  retire(written: readonly WrittenEndorsement[]): Promise<number>;
  /** Knows of an endorsement that was written to a card at a desk, so that the next one has a higher number and says as much. */
  noteEndorsed(entry: Omit<ActionEntry, 'endorsement'>): Promise<void>;
  /** Believes the Claim 169 codes of another system's issuer from now on. Rejects with `ERR_KEY_WEAK` for an unsound key. */
  trustForeign(issuer: ForeignIssuer): Promise<void>;
  /** Adds a supervisor or operator, or gives the one with this number a new PIN, name, role or sites; resolves to the PIN, which is kept nowhere. */
  appoint(person: NewSupervisor): Promise<string>;
  /** The person may do and allow nothing from the next lists on. Rejects with `ERR_USAGE` when there is nobody with this number. */
  dismiss(number: number): Promise<void>;
  /** Says of a site what the conditions of programmes look at, or says it anew. */
  describeSite(site: SiteEntry): Promise<void>;
  /** Signs all lists with versions one higher, into `lists/` of the folder; resolves to that folder. */
  publish(policy: object, validDays: number): Promise<string>;
}

const DAY_MS = 86_400_000;
/** Digits of a PIN that is made here. */
const SECRETS: readonly AuthoritySecret[] = ['authority-key', 'issuer-key', 'centre-seal-key', 'centre-ack-key'];

/** An issuer of another system, as `wasl authority trust-issuer` is told of it. */
export interface ForeignIssuer {
  readonly issuer: string;
  readonly algorithm: ForeignAlgorithm;
  /** Raw public key in lower-case hex, as the keys list has it. */
  readonly publicKey: string;
  /** Lower-case hex; null where its codes carry none, or it is not known. */
  readonly keyId: string | null;
  readonly years: number;
}

/** A supervisor as `wasl authority supervisor` is told of one, or an operator as `wasl authority operator` is. */
export interface NewSupervisor {
  /** Stands for the person in events. */
  readonly number: number;
  readonly name: string;
  /** Absent: a supervisor. */
  readonly role?: string;
  readonly sites: readonly string[];
  readonly years: number;
}

/** What the authority's desk needs from outside. */
export interface AuthorityDeps {
  readonly clock: Clock;
  readonly random: Randomness;
}

/** Makes a new authority with fresh keys and one issuer key for the given programmes. Rejects with `ERR_USAGE` when there is one already. */
export async function createAuthority(
  folder: string,
  deps: AuthorityDeps,
  issuer: { programmes: readonly number[]; years: number },
): Promise<Authority> {
  if ((await readFile(join(folder, 'authority.json')).catch(() => null)) !== null) {
    throw new WaslError('ERR_USAGE', `${folder} already holds an authority; its keys are never made twice`);
  }
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, 'lists'), { recursive: true });
  const seeds = new Map(SECRETS.map((name) => [name, deps.random.bytes(32)] as const));
  for (const [name, seed] of seeds) await writeWhole(join(folder, 'secrets', name), `${toHex(seed)}\n`, 0o600);
  const publicKey = (name: AuthoritySecret): string =>
    toHex(signerFromSeed(seeds.get(name) ?? new Uint8Array(0)).publicKey);
  const nowMs = deps.clock.nowMs();
  const register: AuthorityRegister = {
    format: 1,
    authorityKey: publicKey('authority-key'),
    centre: {
      sealKey: toHex(nacl.box.keyPair.fromSecretKey(seeds.get('centre-seal-key') ?? new Uint8Array(0)).publicKey),
      ackKey: publicKey('centre-ack-key'),
    },
    versions: { keys: 0, terminals: 0, hotlist: 0, policy: 0, actions: 0 },
    issuers: [
      {
        publicKey: publicKey('issuer-key'),
        programmes: [...issuer.programmes],
        ...validFrom(nowMs - DAY_MS, issuer.years * 366),
      },
    ],
    terminals: [],
    blocked: [],
  };
  await saveRegister(folder, register);
  return openAuthority(folder, deps);
}

/** Opens an authority's folder. Rejects with `ERR_USAGE` when there is none, `ERR_CONFIG` when its register is damaged. */
export async function openAuthority(folder: string, deps: AuthorityDeps): Promise<Authority> {
  const text = await readFile(join(folder, 'authority.json'), 'utf8').catch((cause: unknown) => {
    throw new WaslError('ERR_USAGE', `there is no authority in ${folder}; make one with "wasl authority init"`, {
      cause,
    });
  });
  const parsed = registerSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new WaslError(
      'ERR_CONFIG',
      `${join(folder, 'authority.json')} is damaged: ${parsed.error.issues[0]?.message ?? ''}`,
    );
  let register = parsed.data;
  const change = async (next: AuthorityRegister): Promise<void> => {
    await saveRegister(folder, next);
    register = next;
  };
  const secret = async (name: AuthoritySecret): Promise<Uint8Array> => {
    const path = join(folder, 'secrets', name);
    const content = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new WaslError('ERR_SECRET', `the secret ${path} cannot be read`, { cause });
    });
    return parseSecret(content, path);
  };
  return {
    folder,
    register: () => register,
    secret,
    issuer: async () => signerFromSeed(await secret('issuer-key')),
    enrol: async ({ terminal, site, publicKey, years }) => {
      verifierFromKey(Uint8Array.from(Buffer.from(publicKey, 'hex')));
      const entry = { terminal, site, publicKey, ...validFrom(deps.clock.nowMs() - DAY_MS, years * 366) };
      // An earlier key stays, ending now: what it signed on cards while it was valid is still believed.
      const until = new Date(deps.clock.nowMs()).toISOString();
      const earlier = register.terminals
        .filter((one) => one.terminal !== terminal || one.publicKey !== publicKey)
        .map((one) => (one.terminal === terminal && one.notAfter > until ? { ...one, notAfter: until } : one));
      await change({ ...register, terminals: [...earlier, entry] });
    },
    block: (card) => change({ ...register, blocked: [...new Set([...register.blocked, card])].sort((a, b) => a - b) }),
    endorse: async (changes) => {
      const issued = await issuedCards(folder, new Set(changes.map(({ card }) => card)));
      const issuer = signerFromSeed(await secret('issuer-key'));
      const nowSec = Math.floor(deps.clock.nowMs() / 1000);
      const { actions, outcomes } = endorseCards(changes, { actions: register.actions ?? [], issued, issuer, nowSec });
      if (outcomes.some(({ ok }) => ok)) await change({ ...register, actions: [...actions] });
      return outcomes;
    },
    retire: async (written) => {
      const issued = await issuedCards(folder, new Set(written.map(({ card }) => card)));
      const { actions, retired } = retireWritten(register.actions ?? [], written, issued);
      if (retired > 0) await change({ ...register, actions: [...actions] });
      return retired;
    },
    noteEndorsed: async (entry) => {
      const others = (register.actions ?? []).filter(({ card }) => card !== entry.card);
      await change({ ...register, actions: [...others, entry].sort((a, b) => a.card - b.card) });
    },
    trustForeign: async ({ years, keyId, ...one }) => {
      const window = validFrom(deps.clock.nowMs() - DAY_MS, years * 366);
      foreignKey({
        ...one,
        publicKey: Uint8Array.from(Buffer.from(one.publicKey, 'hex')),
        keyId: null,
        notBefore: 0,
        notAfter: 0,
      });
      const entry = { profile: 'claim169', ...one, ...(keyId === null ? {} : { keyId }), ...window };
      const others = (register.foreign ?? []).filter((known) => known.publicKey !== one.publicKey);
      await change({ ...register, foreign: [...others, entry] });
    },
    appoint: async ({ number, name, role, sites, years }) => {
      const pin = newPin(deps.random);
      const { salt, logN, hash } = await pinVerifier(pin, { salt: deps.random.bytes(16), logN: PIN_LOG_N });
      const window = validFrom(deps.clock.nowMs() - DAY_MS, years * 366);
      const verifier = { salt: toHex(salt), logN, hash: toHex(hash) };
      const others = (register.supervisors ?? []).filter((one) => one.number !== number);
      const roled = role === undefined ? {} : { role };
      const people = [...others, { number, name, ...roled, sites: [...sites], pin: verifier, ...window }];
      await change({ ...register, supervisors: people.sort((a, b) => a.number - b.number) });
      return pin;
    },
    dismiss: async (number) => {
      const others = (register.supervisors ?? []).filter((one) => one.number !== number);
      if (others.length === (register.supervisors ?? []).length)
        throw new WaslError('ERR_USAGE', `there is nobody with the number ${number}`);
      await change({ ...register, supervisors: others });
    },
    describeSite: async (site) => {
      const others = (register.sites ?? []).filter((one) => one.site !== site.site);
      const taken = others.find(({ number }) => number === site.number);
      if (taken !== undefined)
        throw new WaslError('ERR_USAGE', `the number ${site.number} is that of ${taken.site} already`);
      await change({ ...register, sites: [...others, site].sort((a, b) => a.number - b.number) });
    },
    publish: async (policy, validDays) => {
      const { versions } = register;
      const next = {
        keys: versions.keys + 1,
        terminals: versions.terminals + 1,
        hotlist: versions.hotlist + 1,
        policy: versions.policy + 1,
        actions: versions.actions + 1,
      };
      const authority = signerFromSeed(await secret('authority-key'));
      const { notBefore: issuedAt, notAfter: expires } = validFrom(deps.clock.nowMs(), validDays);
      const contents: Record<ListKind, object> = {
        keys: {
          keys: register.issuers,
          ...(register.foreign === undefined ? {} : { foreign: register.foreign }),
        },
        terminals: {
          terminals: register.terminals,
          ...(register.supervisors === undefined || register.supervisors.length === 0
            ? {}
            : { supervisors: register.supervisors }),
          ...(register.sites === undefined ? {} : { sites: register.sites }),
        },
        hotlist: { cards: register.blocked },
        policy,
        actions: { cards: (register.actions ?? []).map(listedAction) },
      };
      for (const kind of LIST_KINDS) {
        const content = { ...contents[kind], version: next[kind], issuedAt, expires };
        await writeWhole(join(folder, 'lists', `${kind}.list`), encodeList(kind, content, authority));
      }
      await change({ ...register, versions: next });
      return join(folder, 'lists');
    },
  };
}

async function saveRegister(folder: string, register: AuthorityRegister): Promise<void> {
  await writeWhole(join(folder, 'authority.json'), `${JSON.stringify(register, null, 2)}\n`);
}

async function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await writeFile(`${path}.new`, content, { mode, flush: true });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

function validFrom(fromMs: number, days: number): { notBefore: string; notAfter: string } {
  return { notBefore: new Date(fromMs).toISOString(), notAfter: new Date(fromMs + days * DAY_MS).toISOString() };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
