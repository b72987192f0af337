/**
 * One sitting of an exhaustive run: a terminal starts on its disk, a card is laid on it, the clerk confirms what is offered and hands it
 * over, the terminal is closed. At most one fault of the disk and one of the card interrupt it.
 */
import { isWaslError } from '../../../agent/domain/errors.js';
import type { ChainedEvent } from '../../../agent/domain/event.js';
import { faultOf } from '../../../agent/journal/disk.js';
import type { Journal, JournalEntry } from '../../../agent/journal/journal.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { createTap, reportOpenIntents, type Tap, type TapState } from '../../../agent/tap/tap.js';
import type { PageCard } from '../../../drivers/reader.js';
import type { SimulatedNtag21x } from '../../cards/ntag21x.js';
import { SimulatedPageCard } from '../../readers/simulated-card.js';
import { LOSE_ALL } from '../../world/inode.js';
import type { MemoryDisk } from '../../world/memory-disk.js';
import { bitsOf, type CardImage, cardFrom, garbleNewest, imageOf, recordsOn, recordsWritten } from './card.js';
import { checkGrants, checkOpened, grantsIn, type PlacedEvent, type Problem, placed } from './check.js';
import { FOLDER, openDeskJournal, type Site, tapDeps } from './desk.js';
import { describe, type Sitting } from './plan.js';
import { digestOfDisk, diskFrom, imageOfDisk, type Promises, type World, withDesk } from './world.js';

/** What came of it. */
export interface Sat {
  readonly world: World;
  readonly problems: readonly Problem[];
  /** Whether the planned faults happened. */
  readonly diskHit: boolean;
  readonly cardHit: boolean;
  /** Calls to the disk in all, and before the fault of the card. */
  readonly calls: number;
  readonly callsBeforeCardFault: number;
  /** What the screen said last; null when the terminal did not start. */
  readonly outcome: TapState | null;
}

const READER = { readBlocks: true, writeBlocks: true, text: false, removal: true };
/** How often a card comes back at once before the clerk gives up. */
const AGAIN_MAX = 2;

/** Carries a sitting out. */
export async function sit(site: Site, before: World, sitting: Sitting): Promise<Sat> {
  const running = new Running(site, before, sitting);
  return running.run();
}

class Running {
  readonly #site: Site;
  readonly #before: World;
  readonly #sitting: Sitting;
  readonly #problems: Problem[] = [];
  readonly #events: PlacedEvent[] = [];
  readonly #promises: { -readonly [K in keyof Promises]: Promises[K] };
  #diskHit = false;
  #cardHit = false;
  #callsBeforeCardFault = 0;
  #outcome: TapState | null = null;

  constructor(site: Site, before: World, sitting: Sitting) {
    this.#site = site;
    this.#before = before;
    this.#sitting = sitting;
    this.#promises = { ...before.promises[sitting.desk] };
  }

  async run(): Promise<Sat> {
    const { desk } = this.#sitting;
    const disk = await diskFrom(this.#before.disks[desk], FOLDER);
    disk.plan = (call) => {
      const fault = this.#sitting.diskFault;
      if (fault === null || call.operation === 'read' || call.index !== fault.call || this.#diskHit) return 'go';
      this.#diskHit = true;
      return fault.verdict;
    };
    disk.tear = this.#sitting.diskFault?.tear ?? LOSE_ALL;
    const image = this.#cardToLay();
    const card = cardFrom(image);
    await this.#work(disk, card).catch((error: unknown) => this.#expect(error));
    const { calls } = disk;
    await this.#switchOff(disk);
    const world = this.#after(disk, card, image);
    return {
      world,
      problems: [...this.#problems, ...checkGrants(world)],
      diskHit: this.#diskHit,
      cardHit: this.#cardHit,
      calls,
      callsBeforeCardFault: this.#callsBeforeCardFault,
      outcome: this.#outcome,
    };
  }

  #cardToLay(): CardImage {
    const { card, oldCard } = this.#before;
    if (this.#sitting.card === 'old image') return oldCard;
    return this.#sitting.card === 'garbled' ? garbleNewest(card) : card;
  }

  async #work(disk: MemoryDisk, card: SimulatedNtag21x): Promise<void> {
    const { desk, nowMs, hotlisted } = this.#sitting;
    const digest = digestOfDisk(this.#before.disks[desk]);
    const opened = await openDeskJournal(desk, disk.session(), { nowMs, digest });
    const found = await checkOpened(desk, opened, this.#before);
    this.#problems.push(...found.problems);
    this.#remember(found.events, opened);
    const journal = this.#witnessed(opened);
    const fault = (error: unknown): void => this.#broken(20, `a fault inside Wasl: ${String(error)}`);
    const deps = tapDeps(this.#site, desk, { opened, journal, nowMs, digest, hotlisted, fault });
    await reportOpenIntents(deps);
    const tap = createTap(deps);
    tap.subscribe(() => this.#screen(tap.state(), opened));
    await this.#serve(tap, { card, disk });
    await opened.close();
  }

  async #serve(tap: Tap, at: { readonly card: SimulatedNtag21x; readonly disk: MemoryDisk }): Promise<void> {
    this.#planCardFault(at.card);
    for (let visit = 0; visit <= AGAIN_MAX; visit += 1) {
      at.card.powerCycle();
      await tap.present(this.#presented(at), READER);
      const offer = tap.state();
      if (offer.name === 'offer') {
        const available = offer.offer.items[0]?.available ?? 0;
        const quantity = this.#sitting.ask === 'all' ? available : Math.min(this.#sitting.ask, available);
        await tap.confirm(offer.tapId, [{ commodity: 1, quantity }]);
      }
      this.#outcome = tap.state();
      at.card.clearFaults();
      const left = this.#outcome.name === 'unresolved' || isCardLost(this.#outcome);
      if (!left || this.#sitting.afterwards !== 'again') break;
    }
    const state = tap.state();
    if (state.name === 'granted') await tap.handover(state.tapId);
    else if (state.name === 'unresolved') await tap.dismiss(state.tapId);
  }

  #planCardFault(card: SimulatedNtag21x): void {
    const fault = this.#sitting.cardFault;
    if (fault?.kind === 'torn') card.tearAt(fault.write, { bits: bitsOf(fault.bits, String(fault.write)) });
    else if (fault?.kind === 'removed') card.loseFieldAfter(fault.command);
  }

  /** The card as the reader hands it out; where the power goes with it, the disk goes dark at that moment. */
  #presented(at: { readonly card: SimulatedNtag21x; readonly disk: MemoryDisk }): PageCard {
    const page = new SimulatedPageCard(at.card, { canWrite: true, delay: null });
    const watch = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        if (!this.#cardHit) {
          this.#cardHit = true;
          this.#callsBeforeCardFault = at.disk.calls;
          if (this.#sitting.afterwards === 'power') at.disk.cut();
        }
        throw error;
      }
    };
    return {
      kind: 'pages',
      uid: page.uid,
      readPages: (first, count) => watch(page.readPages(first, count)),
      writePage: (number, bytes) => watch(page.writePage(number, bytes)),
    };
  }

  /** The journal, and a note of all that it promises. */
  #witnessed(opened: OpenJournal): Journal {
    const append = async (entries: readonly JournalEntry[]): Promise<readonly ChainedEvent[]> => {
      const steps = entries.flatMap((entry) => (entry.kind === 'step' ? [entry.step] : []));
      for (const { step, tapId } of steps) {
        if (step === 'closed') this.#promises.closing = new Set([...this.#promises.closing, tapId]);
        if (step === 'dispensed') this.#promises.handing = new Set([...this.#promises.handing, tapId]);
      }
      const events = await opened.append(entries);
      const intents = steps.flatMap((one) => (one.step === 'intent' ? [[one.tapId, one.ledgerSequence] as const] : []));
      this.#promises.intents = new Map([...this.#promises.intents, ...intents]);
      this.#remember(events.map(placed), opened);
      return events;
    };
    return { ...opened, append };
  }

  #remember(events: readonly PlacedEvent[], opened: OpenJournal): void {
    this.#events.push(...events);
    this.#promises.events = new Map([
      ...this.#promises.events,
      ...events.map(({ place, head }) => [place, head] as const),
    ]);
    this.#promises.timeFloorMs = Math.max(this.#promises.timeFloorMs, opened.state().timeFloorMs);
  }

  #screen(state: TapState, opened: OpenJournal): void {
    if (state.name !== 'granted' || this.#promises.shown.has(state.tapId)) return;
    const place = `${state.epoch}:${state.seq}`;
    const kept = opened.state().undispensed.get(state.tapId);
    if (kept === undefined) this.#broken(1, `tap ${state.tapId} is green before its commit is recorded`);
    if (this.#sitting.hotlisted) this.#broken(14, `a blocked card was granted at ${place}`);
    const quantity = state.items.reduce((sum, item) => sum + item.quantity, 0);
    const grant = { desk: this.#sitting.desk, sequence: kept?.intent.ledgerSequence ?? -1, quantity, place };
    this.#promises.shown = new Map([...this.#promises.shown, [state.tapId, grant]]);
  }

  #broken(invariant: number, message: string): void {
    this.#problems.push({ invariant, message });
  }

  /** What a planned fault may end in. Anything else is a finding. */
  #expect(error: unknown): void {
    const cause = isWaslError(error) ? faultOf(error.cause) : faultOf(error);
    if (cause === 'EPOWER' || (this.#diskHit && isWaslError(error))) return;
    this.#broken(20, `the terminal stopped: ${String(error)}`);
  }

  /** However the process ended, what is left is what a start after a power cut finds. */
  async #switchOff(disk: MemoryDisk): Promise<void> {
    disk.plan = () => 'go';
    if (this.#diskHit && this.#sitting.diskFault?.verdict === 'kill') {
      // The cache survives the process: a start finds what was written, and the power may fail right behind it.
      const { desk, nowMs } = this.#sitting;
      const opened = await openDeskJournal(desk, disk.session(), { nowMs, digest: `killed ${disk.calls}` });
      const world = { ...this.#before, promises: withDesk(this.#before.promises, desk, this.#promises) };
      const found = await checkOpened(desk, opened, world);
      this.#problems.push(...found.problems);
      this.#remember(found.events, opened);
    }
    disk.cut(LOSE_ALL);
  }

  #after(disk: MemoryDisk, card: SimulatedNtag21x, laid: CardImage): World {
    const { desk, cardFault } = this.#sitting;
    const before = this.#before;
    const grants = [...grantsIn(desk, this.#events), ...this.#promises.shown.values()];
    const written = recordsWritten(card, laid).filter((record) => record.cause === 1);
    const doubts = this.#events.filter(
      ({ event }) => event.type === 'unresolved' && event.reason.startsWith('ERR_LEDGER_'),
    );
    const image = imageOf(card, laid, this.#cardHit && cardFault?.kind === 'torn' ? cardFault.bits : null);
    this.#checkGreen(image);
    const attack = { 'as it is': before.attack, 'old image': 'copied', garbled: 'garbled' } as const;
    return {
      card: image,
      oldCard: before.oldCard,
      disks: withDesk(before.disks, desk, imageOfDisk(disk)),
      promises: withDesk(before.promises, desk, this.#promises),
      grants: new Map([...before.grants, ...grants.map((grant) => [`${desk}:${grant.place}`, grant] as const)]),
      debits: new Set([
        ...before.debits,
        ...written.map((record) => `${this.#site.deskOf(record.signer)}:${record.sequence}`),
      ]),
      doubts: new Set([...before.doubts, ...doubts.map(({ place }) => `${desk}:${place}`)]),
      attack: before.attack === 'copied' ? 'copied' : attack[this.#sitting.card],
      path: [...before.path, describe(this.#sitting)],
    };
  }

  /** What a green screen of this sitting stands for is on the card, in bits that stay as they are. */
  #checkGreen(image: CardImage): void {
    const before = this.#before.promises[this.#sitting.desk].shown;
    const standing = recordsOn(image).map(({ sequence }) => sequence);
    for (const [tapId, { sequence }] of this.#promises.shown) {
      if (!before.has(tapId) && !standing.includes(sequence))
        this.#broken(1, `tap ${tapId} was green, and record ${sequence} does not stand on the card`);
    }
  }
}

function isCardLost(state: TapState): boolean {
  return state.name === 'refused' && state.code === 'ERR_CARD_LOST';
}
