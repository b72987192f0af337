/**
 * Exhaustive runs over the way to the centre. Each story is told once without a fault, and then with one fault at every message, every
 * call to the database and every call to the terminal's disk.
 *
 *   restore   a backup of the centre is taken and put back; old acknowledgements come again
 *   beneath   the same, under a worker that goes on
 *   fork      the terminal's disk is put back to an image, and it goes on from there
 *   forgery   a broker that has no keys makes acknowledgements up
 */

import type { WaslEvent } from '../../../agent/domain/event.js';
import { eventId } from '../../../agent/domain/event.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { encodeAck } from '../../../sync/protocol/ack.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { ackTopic } from '../../../sync/protocol/topics.js';
import { LOSE_ALL } from '../../world/inode.js';
import { HALF_OF_LAST } from '../../world/tears.js';
import { createKit, type Kit } from '../kit.js';
import type { Problem } from './check.js';
import type { Findings } from './findings.js';
import { LINK_TERMINAL, type LinkFault, LinkWorld } from './link.js';

const STORIES = ['restore', 'beneath', 'fork', 'forgery'] as const;
type Story = (typeof STORIES)[number];

const PLACES_MAX = 2_000;
const STEP_MS = 5_000;
/** How long everything may take to reach the centre after the last fault. */
const BOUND_MS = 3 * 3_600_000;
const VERSIONS = { keys: 1, hotlist: 1, policy: 1, time: 'set' } as const;

/** Tries everything; quickly, every fault is tried at every third place of the first story only. */
export async function exploreCentre(findings: Findings, { quick }: { readonly quick: boolean }): Promise<void> {
  const kit = await createKit();
  for (const story of quick ? (['restore', 'beneath'] as const) : STORIES) {
    await runStory({ kit, findings, story, fault: null });
    for (const faultAt of faultsIn(story)) {
      let isHit = true;
      for (let at = 0; isHit && at < PLACES_MAX; at += quick ? 3 : 1) {
        isHit = await runStory({ kit, findings, story, fault: faultAt(at) });
      }
    }
    findings.progress(`centre, ${story}: ${findings.states} states in all`);
  }
}

/** The kinds of fault that a story is told with, by their place. */
function faultsIn(story: Story): ((at: number) => LinkFault)[] {
  // Where nothing but the broker or the worker is at fault, it is enough to listen to it once.
  if (story === 'forgery' || story === 'beneath') return [];
  const isFork = story === 'fork';
  const messages = (['lost', 'twice', 'late'] as const).map(
    (fate) =>
      (at: number): LinkFault => ({ kind: 'message', at, fate }),
  );
  const store = (['answer lost', 'below quorum'] as const).map(
    (fate) =>
      (at: number): LinkFault => ({ kind: 'store', at, fate }),
  );
  const power = (isFork ? [LOSE_ALL] : [LOSE_ALL, HALF_OF_LAST]).map(
    (tear) =>
      (at: number): LinkFault => ({ kind: 'power', at, tear }),
  );
  const worker = (at: number): LinkFault => ({ kind: 'worker', at });
  return isFork ? [...messages, ...power] : [...messages, ...store, ...power, worker];
}

interface Run {
  readonly kit: Kit;
  readonly findings: Findings;
  readonly story: Story;
  readonly fault: LinkFault | null;
}

/** Tells one story with one fault; true when the fault happened. */
async function runStory(run: Run): Promise<boolean> {
  const { findings, fault, story } = run;
  const teller = new Teller(run);
  await teller.tell();
  for (const problem of teller.problems) findings.fail(problem, [story, fault === null ? 'no fault' : describe(fault)]);
  const { counts } = findings;
  counts.sittings += 1;
  if (!teller.isHit || fault === null) return teller.isHit;
  if (fault.kind === 'message') counts.messages += 1;
  else if (fault.kind === 'store') counts.storeErrors += 1;
  else if (fault.kind === 'worker') counts.kills += 1;
  else counts.cuts += 1;
  return true;
}

/** One run of a story: what is done, and what is looked at meanwhile. */
class Teller {
  readonly #run: Run;
  readonly #world: LinkWorld;
  /** What was found, to be told of when the story is over: a listener of the journal must not throw. */
  readonly #problems: Problem[] = [];
  readonly #checks: Promise<void>[] = [];
  /** Services of which somebody was told that they are durable, and those that were begun, by what they are. */
  readonly #durable = new Set<string>();
  readonly #begun = new Set<string>();
  /** Head in the document of each place, from when it was first seen. */
  #documents = new Map<string, string>();
  #served = 0;
  #forked = false;

  constructor(run: Run) {
    this.#run = run;
    this.#world = new LinkWorld(run.kit, run.fault);
    this.#world.onOpened = (journal) => this.#follow(journal);
  }

  get isHit(): boolean {
    return this.#world.isHit;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  async tell(): Promise<void> {
    const world = this.#world;
    await world.start().catch(() => undefined);
    await this.#serve(1);
    await this.#settle();
    await this[this.#run.story]();
    await this.#settle();
    await Promise.all(this.#checks);
    this.#checkEnd();
  }

  restore(): Promise<void> {
    return this.#restore('stops');
  }

  beneath(): Promise<void> {
    return this.#restore('goes on');
  }

  async #restore(worker: 'stops' | 'goes on'): Promise<void> {
    const backup = this.#world.store.backup();
    await this.#serve(3);
    await this.#settle();
    this.#documents = new Map();
    await this.#world.restore(backup, worker);
    // What the centre said in its earlier life is said again by whoever kept it.
    const said = this.#world.broker.published.filter(({ topic }) => topic === ackTopic(LINK_TERMINAL));
    for (const message of said) this.#world.broker.inject(message);
    await this.#world.time.advance(STEP_MS);
    this.#world.echoes = said;
    // The next service brings the answer of the centre's new life, unless it is lost to a cut: then the one after it does.
    await this.#serve(1);
    await this.#settle();
    await this.#serve(1);
  }

  async fork(): Promise<void> {
    const image = this.#world.disk.clone();
    await this.#serve(3);
    await this.#settle();
    await this.#world.restartTerminal(image);
    this.#forked = true;
    await this.#serve(2);
  }

  async forgery(): Promise<void> {
    const { broker, time, journal } = this.#world;
    const { kit } = this.#run;
    const epoch = journal?.epochs().at(-1);
    await this.#serve(3);
    if (epoch === undefined) return;
    const claim = {
      terminal: LINK_TERMINAL,
      epoch: epoch.name,
      seq: epoch.lastSeq + 2,
      head: new Uint8Array(32).fill(1),
    };
    const forged = { ...claim, incarnation: 4_000_000_000, time: 4_000_000_000, missing: [] };
    broker.inject({ topic: ackTopic(LINK_TERMINAL), payload: encodeAck(forged, kit.attacker) });
    // Genuinely signed, for another chain than ours: what a centre would say that holds a copy's events.
    const other = {
      ...claim,
      seq: epoch.lastSeq,
      incarnation: 4_000_000_000,
      time: Math.floor(time.clock.nowMs() / 1000),
      missing: [],
    };
    await time.advance(STEP_MS);
    broker.inject({ topic: ackTopic(LINK_TERMINAL), payload: encodeAck({ ...other, incarnation: 1 }, kit.centre.ack) });
    await time.advance(STEP_MS);
  }

  /** Records services, one append each; those that a power cut interrupts may be there or not. */
  async #serve(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      this.#served += 1;
      const time = Math.floor(this.#world.time.clock.nowMs() / 1000);
      const items = [{ commodity: 1, quantity: 1 + (this.#served % 5) }];
      const where = { card: 100_000 + this.#served, ledgerSequence: 2, programme: 1 };
      const event: WaslEvent = { type: 'redemption', time, ...where, items, versions: VERSIONS, operator: 0 };
      this.#begun.add(nameOf(event));
      const { journal } = this.#world;
      const recorded = journal?.append([{ kind: 'event', event }]);
      await recorded?.then(() => this.#durable.add(nameOf(event))).catch(() => undefined);
      await this.#world.time.advance(700);
    }
  }

  /** Lets time pass until nothing is unacknowledged. */
  async #settle(): Promise<void> {
    const { time } = this.#world;
    const startMs = time.elapsedMs();
    do {
      await time.advance(STEP_MS);
      this.#look();
      if (time.elapsedMs() - startMs > BOUND_MS) {
        this.#fail(20, `a backlog of ${this.#world.journal?.state().backlog ?? '?'} after ${BOUND_MS / 3_600_000} h`);
        return;
      }
    } while ((this.#world.journal?.state().backlog ?? 1) > 0);
  }

  /** No document of an event ever changes. */
  #look(): void {
    for (const document of this.#events()) {
      const head = String(document.head);
      const before = this.#documents.get(document._id);
      this.#documents.set(document._id, head);
      if (before !== undefined && before !== head) this.#fail(9, `${document._id} was overwritten`);
    }
  }

  /** Watches what a life of the terminal takes for acknowledged, and how late it takes it to be. */
  #follow(journal: OpenJournal): void {
    const known = new Map([...journal.state().acknowledged].map(([epoch, mark]) => [epoch, mark]));
    journal.subscribe(() => {
      const { acknowledged, timeFloorMs } = journal.state();
      if (timeFloorMs > this.#world.time.clock.nowMs() + 1_000) this.#fail(15, 'the time floor is in the future');
      for (const [epoch, mark] of acknowledged) {
        if (known.get(epoch) === mark) continue;
        known.set(epoch, mark);
        this.#checks.push(this.#checkMark(journal, epoch, mark.seq));
      }
    });
  }

  /** An epoch that goes on counts as acknowledged only as far as the centre has it; one that was given up goes on in a later one. */
  async #checkMark(journal: OpenJournal, epoch: string, seq: number): Promise<void> {
    if (journal.epochs().at(-1)?.name !== epoch || seq === 0) return;
    const held = new Map(this.#events().map((document) => [document._id, document]));
    for (let at = 1; at <= seq; at += 1) {
      const document = held.get(eventId(LINK_TERMINAL, epoch, at));
      if (document === undefined)
        return this.#fail(7, `${epoch}:${at} counts as acknowledged, and the centre does not have it`);
      const head = await journal.headAt(epoch, at).catch(() => null);
      if (head !== null && Buffer.from(head).toString('base64url') !== document.head)
        return this.#fail(7, `${epoch}:${at} counts as acknowledged, and the centre has another event there`);
    }
  }

  #checkEnd(): void {
    const documents = this.#events();
    const services = new Set(
      documents.map((document) => nameOf(decodeEvent(Buffer.from(String(document.bytes), 'base64url')))),
    );
    const invariant = this.#run.story === 'restore' || this.#run.story === 'beneath' ? 11 : 8;
    for (const service of this.#durable)
      if (!services.has(service)) this.#fail(invariant, `${service} is not at the centre`);
    for (const service of services) {
      if (!service.startsWith('epoch') && !this.#begun.has(service))
        this.#fail(8, `${service} is at the centre, and nobody served it`);
    }
    if (this.#forked) this.#checkFork(documents);
    this.#run.findings.isNew(`centre ${documents.map(({ _id, head }) => `${_id} ${String(head)}`).join()}`);
  }

  /** Two histories of one epoch: both are kept, and it is a case. */
  #checkFork(documents: readonly StoredDocument[]): void {
    const seconds = documents.filter(({ _id }) => _id.split(':').length === 4);
    const cases = this.#world.store.documents('wasl-cases').filter(({ kind }) => kind === 'equivocation');
    if (seconds.length === 0 || cases.length === 0)
      this.#fail(9, `${seconds.length} second events and ${cases.length} cases after the disk was put back`);
  }

  #events(): StoredDocument[] {
    const { store } = this.#world;
    return store
      .databases()
      .filter((name) => name.startsWith('wasl-events-'))
      .flatMap((name) => store.documents(name));
  }

  #fail(invariant: number, message: string): void {
    this.#problems.push({ invariant, message });
  }
}

/** What tells a service from another, however often and wherever it was recorded. */
function nameOf(event: WaslEvent): string {
  return event.type === 'redemption' ? `service of ${event.card} at ${event.time}` : event.type;
}

function describe(fault: LinkFault): string {
  if (fault.kind === 'power') return `power cut at disk call ${fault.at} (${fault.tear.name})`;
  if (fault.kind === 'worker') return `the worker is killed at database call ${fault.at}`;
  return fault.kind === 'message' ? `message ${fault.at}: ${fault.fate}` : `database call ${fault.at}: ${fault.fate}`;
}
