/** What must hold whenever a terminal of an exhaustive run starts, and after everything that it does. Numbers are those of the invariants. */

import { type ChainedEvent, periodOf, type WaslEvent } from '../../../agent/domain/event.js';
import { LEDGER_FAMILIES } from '../../../agent/domain/ledger.js';
import type { EpochInfo } from '../../../agent/journal/journal.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../../sync/protocol/chain.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { QUOTA_LOAVES, terminalName } from './desk.js';
import type { Desk, Grant, Promises, World } from './world.js';

/** A broken invariant. */
export interface Problem {
  readonly invariant: number;
  readonly message: string;
}

/** An event with where it stands. */
export interface PlacedEvent {
  /** `epoch:seq`. */
  readonly place: string;
  readonly head: string;
  readonly event: WaslEvent;
}

/** A journal as it was found. */
export interface Found {
  readonly events: readonly PlacedEvent[];
  readonly problems: readonly Problem[];
}

const READ = { countMax: 1000, bytesMax: 1_000_000 };

/** Reads all of a journal that was just opened, and compares it with itself and with what was promised. */
export async function checkOpened(desk: Desk, journal: OpenJournal, world: World): Promise<Found> {
  const problems: Problem[] = [];
  const broken = (invariant: number, message: string): void => {
    problems.push({ invariant, message });
  };
  for (const damage of journal.report.damages) broken(18, `damage after a cut: ${JSON.stringify(damage)}`);
  const events = await readChain(desk, journal, broken);
  checkPromises(journal, { events, promises: world.promises[desk] }, broken);
  checkDebits(desk, journal, { events, world }, broken);
  return { events, problems };
}

/** Compares what is known of both terminals: no sequence twice, no more than the quota. */
export function checkGrants(world: World): Problem[] {
  const problems: Problem[] = [];
  const grants = [...world.grants.values()];
  for (const [i, grant] of grants.entries()) {
    const twin = grants.slice(0, i).find((other) => other.sequence === grant.sequence);
    if (twin === undefined || (world.attack === 'copied' && twin.desk !== grant.desk)) continue;
    problems.push({
      invariant: 2,
      message: `sequence ${grant.sequence} was granted at ${twin.place} and ${grant.place}`,
    });
  }
  const loaves = grants.reduce((sum, grant) => sum + grant.quantity, 0);
  const twins = new Set(grants.map((grant) => grant.sequence)).size < grants.length;
  if (loaves > QUOTA_LOAVES && world.doubts.size === 0 && !twins) {
    problems.push({
      invariant: 16,
      message: `${loaves} loaves of ${QUOTA_LOAVES} were granted, and nothing tells the centre why`,
    });
  }
  if (loaves > QUOTA_LOAVES && world.attack === 'none') {
    problems.push({ invariant: 16, message: `${loaves} loaves of ${QUOTA_LOAVES} were granted` });
  }
  return problems;
}

/** The redemptions among events. */
export function grantsIn(desk: Desk, events: readonly PlacedEvent[]): Grant[] {
  return events.flatMap(({ place, event }) => {
    if (event.type !== 'redemption') return [];
    const quantity = event.items.reduce((sum, item) => sum + item.quantity, 0);
    return [{ desk, sequence: event.ledgerSequence, quantity, place }];
  });
}

/** An event as it is compared. */
export function placed(event: ChainedEvent): PlacedEvent {
  return {
    place: `${event.epoch}:${event.seq}`,
    head: Buffer.from(event.head).toString('hex'),
    event: decodeEvent(event.bytes),
  };
}

type Report = (invariant: number, message: string) => void;

/** Reads every epoch and computes the chain anew, with nothing of the journal's own. */
async function readChain(desk: Desk, journal: OpenJournal, broken: Report): Promise<PlacedEvent[]> {
  const events: PlacedEvent[] = [];
  let before: EpochInfo | null = null;
  for (const epoch of journal.epochs()) {
    if (epoch.missing !== undefined) broken(6, `events of ${epoch.name} are missing`);
    const read = await journal.readEvents(epoch.name, 1, READ);
    if (read.length !== epoch.lastSeq)
      broken(4, `${read.length} of ${epoch.lastSeq} events of ${epoch.name} can be read`);
    let head = epoch.base;
    for (const [i, event] of read.entries()) {
      const one = placed(event);
      if (event.seq !== i + 1) broken(4, `event ${i + 1} of ${epoch.name} has the number ${event.seq}`);
      if (one.event.type === 'epoch') checkLink(desk, { epoch, before, event: one.event, seq: event.seq }, broken);
      head = nextHead(head, i + 1, bodyHash(bodySalt(epoch.saltKey, i + 1), event.bytes));
      if (!same(head, event.head)) broken(5, `event ${one.place} does not chain on the one before`);
      if (one.event.time < (events.at(-1)?.event.time ?? 0))
        broken(15, `event ${one.place} is earlier than the one before`);
      events.push(one);
    }
    if (!same(head, epoch.head)) broken(5, `the head of ${epoch.name} is not that of its last event`);
    before = epoch;
  }
  return events;
}

function checkLink(
  desk: Desk,
  at: {
    readonly epoch: EpochInfo;
    readonly before: EpochInfo | null;
    readonly event: Extract<WaslEvent, { type: 'epoch' }>;
    readonly seq: number;
  },
  broken: Report,
): void {
  const { epoch, before, event, seq } = at;
  const { previous } = event;
  if (seq !== 1) broken(5, `the epoch ${epoch.name} begins at event ${seq}`);
  const linked =
    previous === null
      ? before === null
      : before !== null &&
        previous.epoch === before.name &&
        previous.seq === before.lastSeq &&
        same(previous.head, before.head);
  if (!linked) broken(5, `the epoch ${epoch.name} does not follow on the end of the one before`);
  if (!same(epoch.base, epochBase({ terminal: terminalName(desk), epoch: epoch.name, previous })))
    broken(5, `the base of ${epoch.name} does not bind it to its past`);
  if (periodOf(epoch.name).length !== 6) broken(5, `${epoch.name} names no period`);
}

function checkPromises(
  journal: OpenJournal,
  at: { readonly events: readonly PlacedEvent[]; readonly promises: Promises },
  broken: Report,
): void {
  const { promises } = at;
  const here = new Map(at.events.map((one) => [one.place, one]));
  const state = journal.state();
  for (const [place, head] of promises.events) {
    if (here.get(place)?.head !== head)
      broken(6, `event ${place} was durable and is ${here.has(place) ? 'another' : 'gone'}`);
  }
  for (const [tapId, grant] of promises.shown) {
    if (here.get(grant.place)?.event.type !== 'redemption') broken(1, `tap ${tapId} was green and has no redemption`);
    else if (!state.undispensed.has(tapId) && !promises.handing.has(tapId))
      broken(6, `the grant ${tapId} that nobody handed over is forgotten`);
  }
  const granted = new Set(
    [...here.values()].flatMap(({ event }) => (event.type === 'redemption' ? [event.ledgerSequence] : [])),
  );
  for (const [tapId, sequence] of promises.intents) {
    if (!state.openIntents.has(tapId) && !granted.has(sequence) && !promises.closing.has(tapId))
      broken(3, `the intent ${tapId} for sequence ${sequence} is gone`);
  }
  if (state.timeFloorMs < promises.timeFloorMs) broken(15, 'the time floor fell');
  const mark = Math.max(
    0,
    ...[...(state.highWater.get(LEDGER_FAMILIES.ration)?.values() ?? [])].map(({ sequence }) => sequence),
  );
  if (Math.max(0, ...granted) > mark) broken(10, `the mark is ${mark} after ${Math.max(...granted)} was granted`);
}

/** A service that stood whole on the card has a redemption, an open intent or an unresolved event at the terminal that wrote it. */
function checkDebits(
  desk: Desk,
  journal: OpenJournal,
  at: { readonly events: readonly PlacedEvent[]; readonly world: World },
  broken: Report,
): void {
  const accounted = new Set<number>();
  for (const { event } of at.events) {
    if (event.type === 'redemption' || event.type === 'unresolved') accounted.add(event.ledgerSequence);
  }
  for (const { intent } of journal.state().openIntents.values()) accounted.add(intent.ledgerSequence);
  for (const debit of at.world.debits) {
    const [by, sequence] = debit.split(':').map(Number);
    if (by === desk && !accounted.has(sequence ?? -1))
      broken(3, `the card was debited with ${sequence}, and nothing tells of it`);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}
