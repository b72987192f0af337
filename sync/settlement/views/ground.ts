/** What records are made by besides events: at which site a terminal stands, and how sites were described. Where any of it changes, what was written before is wrong. */
import type { DocumentStore, StoredDocument } from '../../bridge/store.js';
import { terminalOf as recordOf } from '../../bridge/terminals.js';
import type { SiteHistory } from '../sites.js';
import { readKnown, writeKnown } from './position.js';

/** Thrown where records would be made by something else than earlier ones were. Nothing was written; everything has to be gone over again. */
export class GroundMoved extends Error {
  override readonly name = 'GroundMoved';
}

/** See the head of this file. */
export class Ground {
  readonly #store: DocumentStore;
  readonly #sites: SiteHistory;
  /** As it was when the first record was made by it. */
  #known: Map<string, string> = new Map();
  /** What is otherwise now. */
  readonly #moved = new Map<string, string>();
  /** Revision of the descriptions that was looked at last. */
  #looked: number | null = null;

  constructor(store: DocumentStore, sites: SiteHistory) {
    this.#store = store;
    this.#sites = sites;
  }

  /** Reads what an earlier builder set down. Rejects with `ERR_DATABASE`. */
  async remember(): Promise<void> {
    this.#known = await readKnown(this.#store);
    this.#moved.clear();
    this.#looked = null;
  }

  /** Sets down what records are about to be made by: sites by terminal. Rejects with {@link GroundMoved}, or `ERR_DATABASE`. */
  async stand(sites: ReadonlyMap<string, string>): Promise<void> {
    const now = new Map<string, string>();
    for (const [terminal, site] of sites) now.set(`terminal:${terminal}`, site);
    for (const site of new Set(sites.values())) now.set(`site:${site}`, this.#sites.mark(site));
    await this.#learn(now);
  }

  /** Looks at documents of the registry. Rejects like {@link stand}, for terminals that records were made by. */
  async look(documents: readonly StoredDocument[]): Promise<void> {
    const now = new Map<string, string>();
    for (const document of documents) {
      const site = recordOf(document)?.site;
      const name = `terminal:${document._id}`;
      if (site !== undefined && this.#known.has(name)) now.set(name, site);
    }
    await this.#learn(now);
  }

  /** Whether a site is described differently than when records were made by it. */
  hasMoved(): boolean {
    const revision = this.#sites.revision();
    if (revision === this.#looked) return this.#moved.size > 0;
    this.#looked = revision;
    for (const [name, before] of this.#known) {
      const site = name.startsWith('site:') ? name.slice('site:'.length) : null;
      if (site === null) continue;
      const mark = this.#sites.mark(site);
      if (mark !== before) this.#moved.set(name, mark);
    }
    return this.#moved.size > 0;
  }

  /** What moved is the ground from now on: everything is being gone over again. Rejects with `ERR_DATABASE`. */
  async settle(): Promise<void> {
    await writeKnown(this.#store, this.#moved);
    for (const [name, value] of this.#moved) this.#known.set(name, value);
    this.#moved.clear();
  }

  async #learn(now: ReadonlyMap<string, string>): Promise<void> {
    const fresh = new Map<string, string>();
    for (const [name, value] of now) {
      const before = this.#known.get(name);
      if (before === undefined) fresh.set(name, value);
      else if (before !== value) this.#moved.set(name, value);
    }
    if (this.#moved.size > 0) throw new GroundMoved('sites are not what they were');
    if (fresh.size === 0) return;
    await writeKnown(this.#store, fresh);
    for (const [name, value] of fresh) this.#known.set(name, value);
  }
}
