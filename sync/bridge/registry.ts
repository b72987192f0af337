/** What the centre knows of terminals and of itself, re-read from the database now and then. */
import { z } from 'zod';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { Clock, Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { Verifier } from '../../agent/domain/keys.js';
import { isTerminalName } from '../protocol/topics.js';
import { DATABASES, hexOf, textOf } from './documents.js';
import type { DocumentStore } from './store.js';
import { type Closure, changeTerminal, enrolled as enrolledIn, terminalOf } from './terminals.js';

/** Id of the document that says which life the centre is in. */
export const CENTRE_ID = 'centre';

const centreDocument = z.looseObject({ incarnation: z.int().min(1) });

/** A terminal as it is enrolled at the centre. */
export interface EnrolledTerminal {
  readonly terminal: string;
  readonly site: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Raw keys that it had before, oldest first: what they signed stays proved, and nothing more is taken from them. */
  readonly formerKeys?: readonly Uint8Array[];
  /** Its journal keys sealed to the centre, oldest first, see `sync/protocol/escrow.ts`; earlier ones are kept beside them. */
  readonly escrows?: readonly Uint8Array[];
}

/** A terminal as a worker knows it. */
export interface KnownTerminal {
  readonly verifier: Verifier;
  readonly closures: readonly Closure[];
}

/** Enrols a terminal, or replaces its site and key; the key that it had becomes a former one. Rejects with `ERR_KEY_WEAK`, `ERR_CONFIG` for its name, or `ERR_DATABASE`. */
export async function enrolTerminal(store: DocumentStore, enrolled: EnrolledTerminal): Promise<void> {
  const { terminal, site, publicKey, formerKeys = [], escrows = [] } = enrolled;
  if (!isTerminalName(terminal)) throw new WaslError('ERR_CONFIG', `'${terminal}' names no terminal`);
  verifierFromKey(publicKey);
  await store.ensure(DATABASES.registry, { partitioned: false });
  const now = {
    site,
    publicKey: hexOf(publicKey),
    formerKeys: formerKeys.map(hexOf),
    escrows: escrows.map(textOf),
  };
  await changeTerminal(store, terminal, (before) => enrolledIn(before, now));
}

/** The life that the centre is in, or null when none has begun. Rejects with `ERR_DATABASE`. */
export async function readIncarnation(store: DocumentStore): Promise<number | null> {
  const [document] = await store.read(DATABASES.centre, [CENTRE_ID]);
  const parsed = centreDocument.safeParse(document);
  return parsed.success ? parsed.data.incarnation : null;
}

/**
 * Begins a new life of the centre: to be called after some of what it had acknowledged was lost, and before bridges work on what is
 * left. Resolves to the new incarnation, the next full second, so that it is above any that began by the clock, even one of this very
 * second that the backup does not know; and above `after`, the newest that is known of.
 */
export async function beginIncarnation(store: DocumentStore, clock: Clock, after = 0): Promise<number> {
  await store.ensure(DATABASES.centre, { partitioned: false });
  const previous = (await readIncarnation(store)) ?? 0;
  const incarnation = Math.max(Math.floor(clock.nowMs() / 1000) + 1, previous + 1, after + 1);
  await store.put(DATABASES.centre, { _id: CENTRE_ID, incarnation });
  return incarnation;
}

/** Bounds of a registry's memory. */
export interface RegistryLimits {
  readonly terminalsMax: number;
  /** Everything is read again after this long. */
  readonly refreshMs: number;
}

/** The registry, as a worker uses it. */
export class Registry {
  readonly #store: DocumentStore;
  readonly #parts: { readonly clock: Clock; readonly timers: Timers; readonly limits: RegistryLimits };
  readonly #terminals = new Map<string, KnownTerminal>();
  #incarnation: number | null = null;
  #cancelRefresh: (() => void) | null = null;

  constructor(
    store: DocumentStore,
    parts: { readonly clock: Clock; readonly timers: Timers; readonly limits: RegistryLimits },
  ) {
    this.#store = store;
    this.#parts = parts;
  }

  /** A terminal, or null when no such one is enrolled with a sound key. Rejects with `ERR_DATABASE`. */
  async terminal(name: string): Promise<KnownTerminal | null> {
    const known = this.#terminals.get(name);
    if (known !== undefined) return known;
    const [document] = await this.#store.read(DATABASES.registry, [name]);
    const record = terminalOf(document);
    const verifier = record === null ? null : soundVerifier(record.publicKey);
    if (record === null || verifier === null) return null;
    const terminal = { verifier, closures: record.closures };
    if (this.#terminals.size < this.#parts.limits.terminalsMax) {
      this.#terminals.set(name, terminal);
      this.#refreshLater();
    }
    return terminal;
  }

  /** The incarnation of the centre; begins the first one where there is none. Rejects with `ERR_DATABASE`. */
  async incarnation(): Promise<number> {
    if (this.#incarnation !== null) return this.#incarnation;
    if ((await readIncarnation(this.#store)) === null) await this.#firstIncarnation();
    const current = await readIncarnation(this.#store);
    if (current === null) throw new WaslError('ERR_DATABASE', 'the centre does not know which life it is in');
    this.#incarnation = current;
    this.#refreshLater();
    return current;
  }

  /** Stops the refreshing. */
  close(): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = null;
  }

  /** Created, not put: of two workers that start at once, one wins. */
  async #firstIncarnation(): Promise<void> {
    await this.#store.ensure(DATABASES.centre, { partitioned: false });
    const incarnation = Math.max(1, Math.floor(this.#parts.clock.nowMs() / 1000));
    await this.#store.create(DATABASES.centre, [{ _id: CENTRE_ID, incarnation }]);
  }

  #refreshLater(): void {
    this.#cancelRefresh ??= this.#parts.timers.after(this.#parts.limits.refreshMs, () => {
      this.#cancelRefresh = null;
      this.#terminals.clear();
      this.#incarnation = null;
    });
  }
}

function soundVerifier(publicKeyHex: string): Verifier | null {
  try {
    return verifierFromKey(Uint8Array.from(Buffer.from(publicKeyHex, 'hex')));
  } catch (error) {
    if (isWaslError(error, 'ERR_KEY_WEAK')) return null;
    throw error;
  }
}
