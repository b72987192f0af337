/** What the centre knows of terminals and of itself, re-read from the database now and then. */
import { z } from 'zod';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { Clock, Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { Verifier } from '../../agent/domain/keys.js';
import { isTerminalName } from '../protocol/topics.js';
import { DATABASES, hexOf } from './documents.js';
import type { DocumentStore } from './store.js';

const CENTRE_ID = 'centre';

const terminalDocument = z.looseObject({
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  site: z.string(),
});
const centreDocument = z.looseObject({ incarnation: z.int().min(1) });

/** A terminal as it is enrolled at the centre. */
export interface EnrolledTerminal {
  readonly terminal: string;
  readonly site: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Enrols a terminal, or replaces its site and key. Rejects with `ERR_KEY_WEAK`, `ERR_CONFIG` for its name, or `ERR_DATABASE`. */
export async function enrolTerminal(store: DocumentStore, enrolled: EnrolledTerminal): Promise<void> {
  const { terminal, site, publicKey } = enrolled;
  if (!isTerminalName(terminal)) throw new WaslError('ERR_CONFIG', `'${terminal}' names no terminal`);
  verifierFromKey(publicKey);
  await store.ensure(DATABASES.registry, { partitioned: false });
  await store.put(DATABASES.registry, { _id: terminal, site, publicKey: hexOf(publicKey) });
}

/**
 * Begins a new life of the centre: to be called after its databases were restored from a backup, while no bridge runs. Resolves to
 * the new incarnation, the time in seconds, so that it is above any that was ever used, even one that the backup does not know.
 */
export async function beginIncarnation(store: DocumentStore, clock: Clock): Promise<number> {
  await store.ensure(DATABASES.centre, { partitioned: false });
  const [before] = await store.read(DATABASES.centre, [CENTRE_ID]);
  const previous = centreDocument.safeParse(before);
  const incarnation = Math.max(Math.floor(clock.nowMs() / 1000), previous.success ? previous.data.incarnation + 1 : 1);
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
  readonly #verifiers = new Map<string, Verifier>();
  #incarnation: number | null = null;
  #cancelRefresh: (() => void) | null = null;

  constructor(
    store: DocumentStore,
    parts: { readonly clock: Clock; readonly timers: Timers; readonly limits: RegistryLimits },
  ) {
    this.#store = store;
    this.#parts = parts;
  }

  /** The verifier of a terminal's key, or null when no such terminal is enrolled with a sound one. Rejects with `ERR_DATABASE`. */
  async verifierOf(terminal: string): Promise<Verifier | null> {
    const known = this.#verifiers.get(terminal);
    if (known !== undefined) return known;
    const [document] = await this.#store.read(DATABASES.registry, [terminal]);
    const parsed = terminalDocument.safeParse(document);
    if (!parsed.success) return null;
    const verifier = soundVerifier(parsed.data.publicKey);
    if (verifier !== null && this.#verifiers.size < this.#parts.limits.terminalsMax) {
      this.#verifiers.set(terminal, verifier);
      this.#refreshLater();
    }
    return verifier;
  }

  /** The incarnation of the centre; begins the first one where there is none. Rejects with `ERR_DATABASE`. */
  async incarnation(): Promise<number> {
    if (this.#incarnation !== null) return this.#incarnation;
    const [document] = await this.#store.read(DATABASES.centre, [CENTRE_ID]);
    if (document === null || document === undefined) await this.#firstIncarnation();
    const [current] = await this.#store.read(DATABASES.centre, [CENTRE_ID]);
    const parsed = centreDocument.safeParse(current);
    if (!parsed.success) throw new WaslError('ERR_DATABASE', 'the centre does not know which life it is in');
    this.#incarnation = parsed.data.incarnation;
    this.#refreshLater();
    return parsed.data.incarnation;
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
      this.#verifiers.clear();
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
