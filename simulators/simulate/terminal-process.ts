/** The process of a terminal: the parts of `agent/main.ts` over a simulated disk, reader, link and clock, with an observer at every seam. */

import { scryptSync } from 'node:crypto';
import type { DerivePin } from '../../agent/credential/pin.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { Randomness } from '../../agent/domain/clock.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { Log } from '../../agent/domain/log.js';
import { servedOn, voidsOn } from '../../agent/journal/books/served.js';
import { journalStock } from '../../agent/journal/books/stock.js';
import type { Journal } from '../../agent/journal/journal.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { cardPseudonym, pseudonymKey } from '../../agent/journal/pseudonym.js';
import { RecordProjector } from '../../agent/journal/record/record-projector.js';
import type { Screen, TakenView } from '../../agent/kiosk/state.js';
import { createSession, NO_OPERATORS } from '../../agent/session.js';
import { createTerminal, type Terminal } from '../../agent/terminal.js';
import { listFile, type OpenTrust, openTrust } from '../../agent/trust/open-trust.js';
import { supervisorsAt } from '../../agent/trust/supervisors.js';
import { timeSource } from '../../agent/trust/time.js';
import type { Supervisors, TimeSource } from '../../agent/trust/trust.js';
import { openMedium } from '../../drivers/media/open.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { SimulatedReader } from '../readers/simulated.js';
import type { Life } from '../world/life.js';
import type { Stream } from '../world/random.js';
import { BUILT_MS, PROGRAMME } from './kit.js';
import { FOLDERS, type Machine, SIMULATED_JOURNAL_LIMITS, type TerminalProcess } from './machine.js';

/** What a card command takes. */
const CARD_MS = { read: 4, write: 6 } as const;

/** Small batches, so that a few taps make several. */
const SIMULATED_UPLINK_LIMITS = { ...UPLINK_LIMITS, batchEventsMax: 12 };

const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Starts the process of a machine. Rejects like `startTerminal`, or stops dead where the machine does. */
export async function startProcess(machine: Machine, life: Life, random: Stream): Promise<TerminalProcess> {
  const { enrolled, clock } = machine;
  const opened = await openJournal({
    disk: machine.disk.session(),
    folder: FOLDERS.journal,
    key: enrolled.journalKey,
    terminal: enrolled.name,
    clock,
    random,
    limits: SIMULATED_JOURNAL_LIMITS,
    builtMs: BUILT_MS,
  });
  seeOpening(machine, opened);
  try {
    return await compose(machine, { life, random, opened });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Begun {
  readonly life: Life;
  readonly random: Stream;
  readonly opened: OpenJournal;
}

async function compose(machine: Machine, begun: Begun): Promise<TerminalProcess> {
  const { life, random } = begun;
  const { enrolled, clock } = machine;
  const lists = await openLists(machine);
  const { trust } = lists;
  const journal = observed(machine, begun.opened, trust);
  const pseudonyms = pseudonymKey(enrolled.journalKey);
  const pseudonym = (card: number): string => cardPseudonym(pseudonyms, card);
  const { timers } = life;
  const projector = new RecordProjector({ journal, store: machine.record, terminal: enrolled.name, pseudonym, timers });
  projector.start();
  await projector.idle();
  const uplink = uplinkOf(machine, { journal, life, random });
  const time = timeSource({
    clock,
    floorMs: () => Math.max(journal.state().timeFloorMs, trust.issuedMs()),
    signedMs: () => uplink.status().signedMs,
    builtMs: BUILT_MS,
  });
  const reader = new SimulatedReader({
    name: 'reader',
    text: false,
    delay: (what) => new Promise((resolve) => timers.after(CARD_MS[what], resolve)),
  });
  const terminal = createTerminal({
    terminal: enrolled.name,
    site: enrolled.site,
    tap: {
      ...{ journal, trust, time, random: tapRandom(random), signer: enrolled.signer, openMedium },
      ...{ calendar: machine.parts.kit.calendar, programmes: [PROGRAMME], operator: () => 0 },
      voidsOn: (day) => voidsOn(journal, machine.parts.kit.calendar(trust.policy().timeZone), day),
      fault: (error) => machine.parts.internalFault(machine.name, error),
    },
    ...{ journal, trust, clock, timers, pseudonym, log: QUIET },
    readers: [reader],
    supervisors: observedSupervisors(machine, { trust, time }),
    session: createSession({ operators: NO_OPERATORS, clock }),
    stock: journalStock({ journal, nowMs: () => time.now().ms }),
    sync: { connection: () => uplink.status().connection, subscribe: (listener) => uplink.subscribe(listener) },
    servedToday: await servedOn(machine.record, machine.parts.kit.calendar(trust.policy().timeZone), clock.nowMs()),
  });
  watchScreen(machine, life, { terminal, trust });
  await terminal.start();
  uplink.start();
  life.onEnd(() => machine.parts.network.broker.cut((name) => name === `wasl-${enrolled.name}`));
  return {
    ...{ life, journal: begun.opened, trust, uplink, terminal, reader },
    reload: lists.reload,
    stop: async () => {
      await terminal.stop();
      await uplink.stop();
      await projector.stop();
      await begun.opened.close();
    },
  };
}

/** The supervisors of its site: the observers hear of each PIN that is judged. */
function observedSupervisors(
  machine: Machine,
  { trust, time }: { readonly trust: OpenTrust; readonly time: TimeSource },
): Supervisors {
  const see = (outcome: 'judged' | 'right'): void =>
    machine.see({ type: 'pin', machine: machine.name, atMs: time.now().ms, outcome });
  // On this thread: where time is virtual, another thread would answer at a moment that no seed knows.
  const derive: DerivePin = async (secret, { salt, hashBytes, ...cost }) => {
    see('judged');
    return scryptSync(secret, salt, hashBytes, cost);
  };
  const { disk, enrolled } = machine;
  const folder = FOLDERS.trust;
  const supervisors = supervisorsAt({ disk: disk.session(), folder, site: enrolled.site, trust, time, derive });
  return {
    ...supervisors,
    authorise: async (number, pin) => {
      const verdict = await supervisors.authorise(number, pin);
      if (verdict.allowed) see('right');
      return verdict;
    },
  };
}

function uplinkOf(
  machine: Machine,
  { journal, life, random }: { journal: Journal; life: Life; random: Randomness },
): Uplink {
  const { enrolled, clock, parts } = machine;
  const { centre } = parts.kit;
  return new Uplink({
    terminal: enrolled.name,
    journal,
    link: parts.network.link(`wasl-${enrolled.name}`, machine.index, { life, machine: machine.name }),
    signer: enrolled.signer,
    centre: { sealPublicKey: centre.seal.publicKey, ackVerifiers: [verifierFromKey(centre.ack.publicKey)] },
    ...{ clock, random, timers: life.timers },
    limits: SIMULATED_UPLINK_LIMITS,
    report: (problem) => machine.trace.detail(`${machine.name} uplink ${problem.code}`),
  });
}

/** Names of taps are drawn from one stream, so that each is used once. */
function tapRandom(random: Stream): Randomness {
  return { bytes: (count) => random.bytes(count), fraction: () => random.fraction() };
}

interface OpenLists {
  readonly trust: OpenTrust;
  reload(): Promise<void>;
}

/** Opens the lists, and has the observers see what comes into force. */
async function openLists(machine: Machine): Promise<OpenLists> {
  const { disk, parts } = machine;
  const session = disk.session();
  const folder = FOLDERS.lists;
  await session.makeFolder(folder);
  const trust = await openTrust({
    disk: session,
    folder,
    memory: FOLDERS.trust,
    authority: parts.kit.authority.verifier,
  });
  const seeLists = (outcome: 'started' | 'taken' | 'refused'): void => {
    machine.allowedMs = Math.max(machine.allowedMs, trust.issuedMs());
    const versions = trust.versions();
    machine.trace.note(`${machine.name} lists ${outcome}: ${Object.values(versions).join('.')}`);
    const { brought, whole } = parts.published(trust, (kind) => disk.durable(`${folder}/${listFile(kind)}`));
    machine.see({ type: 'lists', machine: machine.name, outcome, versions, brought, whole });
  };
  seeLists('started');
  return {
    trust,
    reload: () =>
      trust.reload().then(
        () => seeLists('taken'),
        () => seeLists('refused'),
      ),
  };
}

/** The journal as its users have it: the observers hear of what is asked of it, and of what it says is durable. */
function observed(machine: Machine, journal: OpenJournal, trust: OpenTrust): OpenJournal {
  const { name } = machine;
  return {
    ...journal,
    append: async (entries) => {
      machine.see({ type: 'appending', machine: name, entries, hotlisted: (card) => trust.isHotlisted(card) });
      const events = await journal.append(entries);
      machine.see({
        type: 'appended',
        machine: name,
        entries,
        events: events.map(({ epoch, seq, head }) => ({ epoch, seq, head: hex(head) })),
      });
      seeFloor(machine, journal);
      seePruned(machine, journal);
      return events;
    },
  };
}

function seeFloor(machine: Machine, journal: OpenJournal): void {
  machine.noteClock();
  const { timeFloorMs } = journal.state();
  machine.trace.detail(`${machine.name} time floor ${timeFloorMs}`);
  machine.see({ type: 'floor', machine: machine.name, floorMs: timeFloorMs, allowedMs: machine.allowedMs });
}

function seePruned(machine: Machine, journal: OpenJournal): void {
  const epochs = journal.epochs();
  const gone = [...machine.epochs].filter(([name]) => !epochs.some((epoch) => epoch.name === name));
  const prunedTo = [...gone, ...epochs.map(({ name, pruned = 0 }) => [name, pruned] as const)];
  for (const [name, upTo] of prunedTo) {
    if ((machine.pruned.get(name) ?? 0) === upTo) continue;
    machine.pruned.set(name, upTo);
    machine.trace.note(`${machine.name} has pruned ${name} up to ${upTo}`);
    machine.see({ type: 'pruned', machine: machine.name, epoch: name, upTo });
  }
  machine.epochs = new Map(epochs.map(({ name, lastSeq }) => [name, lastSeq]));
}

function seeOpening(machine: Machine, journal: OpenJournal): void {
  // What the machine had before it was opened may have gone in an earlier life, after the last look.
  seePruned(machine, journal);
  const { fresh, fromCheckpoint, tornBytes, damages, quarantined } = journal.report;
  const { openIntents, undispensed, highWater } = journal.state();
  machine.trace.note(
    `${machine.name} journal open: ${damages.length} damages, ${tornBytes} torn bytes${fromCheckpoint ? ', from the checkpoint' : ''}`,
  );
  machine.see({
    ...{ type: 'opened', machine: machine.name, fresh, fromCheckpoint, tornBytes, quarantined },
    damages: damages.map(({ segment, reason, known }) => ({ segment, reason, known })),
    setAside: machine.disk.files().filter((path) => path.includes('quarantine')).length,
    epochs: journal.epochs().map(({ name, lastSeq, head, missing, pruned }) => ({
      ...{ name, lastSeq, head: hex(head), pruned: pruned ?? 0 },
      missing: missing ?? [],
    })),
    openIntents: [...openIntents.keys()],
    undispensed: [...undispensed.keys()],
    marks: [...(highWater.get(LEDGER_FAMILIES.ration) ?? [])].map(([card, { sequence }]) => [card, sequence] as const),
  });
  seeFloor(machine, journal);
}

function watchScreen(
  machine: Machine,
  life: Life,
  { terminal, trust }: { terminal: Terminal; trust: OpenTrust },
): void {
  let before = '';
  const look = (): void => {
    if (!life.alive) return;
    const { screen } = terminal.backend.state();
    const shown = describe(screen);
    const text = `${machine.name} shows ${Object.values(shown).join(' ')}`;
    if (text === before) return;
    before = text;
    machine.trace.note(text);
    machine.see({ type: 'screen', machine: machine.name, ...shown, hotlisted: (card) => trust.isHotlisted(card) });
  };
  terminal.backend.subscribe(look);
  look();
}

function describe(screen: Screen) {
  return {
    name: screen.name,
    tapId: 'tapId' in screen ? screen.tapId : null,
    code: 'code' in screen ? screen.code : null,
    receipt: screen.name === 'granted' ? screen.handover.receipt : null,
    taken: goodsOn(screen).reduce((sum, { quantity }) => sum + quantity, 0),
  };
}

/** What a screen says is handed over, or given back. */
function goodsOn(screen: Screen): readonly TakenView[] {
  if (screen.name === 'granted') return screen.handover.taken;
  return screen.name === 'voided' ? screen.taken : [];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
