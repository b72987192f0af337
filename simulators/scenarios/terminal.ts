/** A terminal of a scenario: the product's tap, journal, lists and uplink, over a disk in memory, on the scenario's clock and the real broker. */
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { ListKind } from '../../agent/credential/signed-list.js';
import { deskFacts } from '../../agent/desk-facts.js';
import { calendars } from '../../agent/domain/calendar.js';
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Log } from '../../agent/domain/log.js';
import { HEALTH_KEYS_FILE } from '../../agent/health/keys.js';
import { openTerminalVault } from '../../agent/health/terminal-vault.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import { forwards } from '../../agent/journal/books/read-events.js';
import { voidsOn } from '../../agent/journal/books/served.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { openJournal } from '../../agent/journal/open-journal.js';
import { ROSTER_ENDING } from '../../agent/roster/open-rosters.js';
import { openTerminalRosters } from '../../agent/roster/terminal-rosters.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import type { TapDeps } from '../../agent/tap/examine.js';
import { createHealthTap } from '../../agent/tap/health-tap.js';
import { createPersonTap, type DeskState } from '../../agent/tap/person-tap.js';
import { createPinTap } from '../../agent/tap/pin-tap.js';
import { createTap } from '../../agent/tap/tap.js';
import { listFile, openTrust } from '../../agent/trust/open-trust.js';
import { timeSource } from '../../agent/trust/time.js';
import { openMedium } from '../../drivers/media/open.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { presented, type SimulatedCard } from '../card-file.js';
import type { OwnBroker } from '../process/broker.js';
import { MemoryDisk } from '../world/memory-disk.js';
import type { Stream } from '../world/random.js';
import type { ListedTerminal, ScenarioAuthority } from './authority.js';
import { typePins } from './pins.js';
import { writeRecords } from './records.js';
import type { ScenarioTerminal, TapOptions, Wish } from './terminal-port.js';
import { scenarioTill } from './till.js';

const LISTS = '/lists';
const CAPABILITIES = { readBlocks: true, writeBlocks: true, text: true, removal: true, apdus: true } as const;
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;
/** How long a day's events may take to reach the centre, in real time, before the scenario gives up. */
const DRAIN_TIMEOUT_MS = 120_000;
const DRAIN_LOOK_MS = 10;

/** What a terminal is made from. */
export interface ScenarioTerminalParts {
  readonly listed: ListedTerminal;
  /** Ids of what it serves, the one that it begins with first. */
  readonly programmes: readonly [string, ...string[]];
  /** Role of whoever serves there; absent: a clerk. */
  readonly role?: string;
  /** What holders pay is taken here, in cash and at a machine. */
  readonly takesPayments: boolean;
  readonly authority: ScenarioAuthority;
  readonly centre: { readonly broker: Pick<OwnBroker, 'port' | 'username' | 'password'> };
  readonly lists: ReadonlyMap<ListKind, Uint8Array>;
  readonly clock: Clock;
  readonly random: Stream;
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Starts a terminal, not yet connected. */
export async function startScenarioTerminal(parts: ScenarioTerminalParts): Promise<ScenarioTerminal> {
  const { listed, authority, clock, random } = parts;
  const disk = new MemoryDisk().session();
  await disk.makeFolder(LISTS);
  const bring = async (lists: ReadonlyMap<ListKind, Uint8Array>): Promise<void> => {
    for (const [kind, bytes] of lists) await replaceFile(disk, { folder: LISTS, name: listFile(kind) }, bytes);
  };
  await bring(parts.lists);
  const trust = await openTrust({
    disk,
    folder: LISTS,
    memory: '/trust',
    authority: verifierFromKey(authority.signer.publicKey),
  });
  const journal = await openJournal({
    ...{ disk, folder: '/journal', key: authority.key(`journal ${listed.name}`), terminal: listed.name },
    ...{ clock, random },
  });
  const uplink = uplinkOf(parts, journal);
  const time = timeSource({
    clock,
    floorMs: () => Math.max(journal.state().timeFloorMs, trust.issuedMs()),
    signedMs: () => uplink.status().signedMs,
    builtMs: 0,
  });
  const calendar = calendars();
  const { machine, till } = scenarioTill(parts.takesPayments, { journal, time, trust });
  const deps: TapDeps = {
    ...(till === null ? {} : { till }),
    ...{ journal, trust, time, random, openMedium, calendar, signer: listed.signer },
    voidsOn: (day) => voidsOn(journal, calendar(trust.policy().timeZone), day),
    ...{ programmes: parts.programmes, operator: () => 0 },
    desk: deskFacts({
      ...{ site: listed.site, trust, journal, time, calendar, issuedMs: trust.issuedMs },
      operatorRole: () => parts.role ?? null,
      exposure: exposureReader(journal, (timeSec) => calendar(trust.policy().timeZone).dayOf(timeSec * 1000)),
    }),
    fault: (error) => {
      throw error;
    },
  };
  const rosters = await openTerminalRosters({
    config: {
      dataFolder: '/data',
      trust: { folder: LISTS, authorityKey: Buffer.from(authority.signer.publicKey).toString('hex') },
    },
    ...{ disk, key: authority.key(`journal ${listed.name}`), seed: authority.key(`terminal ${listed.name}`) },
    ...{ signer: listed.signer, journal, trust, clock, random, log: SILENT },
  });
  const health = await openTerminalVault({
    config: { trust: { folder: LISTS, authorityKey: Buffer.from(authority.signer.publicKey).toString('hex') } },
    ...{ disk, seed: authority.key(`terminal ${listed.name}`), signer: listed.signer, trust, random, log: SILENT },
  });
  const more: TapDeps = { ...deps, health: health.vault, holderPins: { secrets: new Map() } };
  const tap = createPinTap(createHealthTap(createPersonTap(createTap(deps), deps, rosters), more), more);
  const lay = (card: SimulatedCard): Promise<void> => {
    const lying: PresentedCard = presented(card);
    return tap.present(lying, CAPABILITIES);
  };
  /** Without the records, which are open at no tap of theirs. */
  const state = (): DeskState => tap.state() as DeskState;
  const serve = async (card: SimulatedCard, wish: Wish, options: TapOptions = {}): Promise<DeskState> => {
    const { pins, programme: _, ...claims } = options;
    await lay(card);
    if (pins !== undefined) await typePins(tap, pins);
    const offered = state();
    if (offered.name === 'offer') {
      const items = wish(offered);
      if (items === null) await tap.cancel(offered.tapId);
      else await tap.confirm(offered.tapId, items, claims);
    }
    return state();
  };
  let printed = '';
  const leave = async (end: DeskState): Promise<DeskState> => {
    // Declined: the offer is back, and they go.
    if (end.name === 'offer') await tap.cancel(end.tapId);
    const isOver = ['refused', 'unresolved', 'voided', 'listed-refused'].includes(end.name);
    if (isOver && 'tapId' in end) await tap.dismiss(end.tapId);
    tap.removed();
    return end;
  };
  return {
    name: listed.name,
    site: listed.site,
    backlog: () => journal.state().backlog,
    tap: async (card, wish, { programme = parts.programmes[0], slip, ...claims } = {}) => {
      tap.select(programme);
      if (slip !== undefined) await tap.present({ kind: 'text', text: slip }, CAPABILITIES);
      // A slip that is refused is the end of it.
      const end = state().name === 'refused' ? state() : await serve(card, wish, claims);
      if (end.name === 'granted') {
        printed = journal.state().slips.written.get(end.tapId)?.text ?? printed;
        await tap.handover(end.tapId);
      }
      return leave(end);
    },
    slip: () => printed,
    machine,
    followPayments: async () => till?.follow(),
    takeBack: async (card, wish, claims) => {
      const served = await serve(card, wish, claims);
      if (served.name !== 'granted') return leave(served);
      tap.removed();
      await tap.askBack(served.tapId);
      if (state().name === 'authorise') await tap.takeBack(served.tapId, SUPERVISOR);
      if (state().name === 'return') await lay(card);
      return leave(state());
    },
    trust,
    record: async (events) => void (await journal.append(events.map((event) => ({ kind: 'event', event })))),
    events: async () => {
      const found: Uint8Array[] = [];
      for await (const { bytes } of forwards(journal)) found.push(bytes);
      return found;
    },
    serve: async (person, wish, { programme = parts.programmes[0], byNames } = {}) => {
      tap.select(programme);
      await tap.search();
      for (const typed of byNames === true ? [`${person.name} ${person.mother ?? ''}`] : [person.name, person.id]) {
        const asked = state();
        if (asked.name !== 'search' || asked.found.some(({ number }) => number === person.number)) break;
        await tap.find(asked.tapId, typed);
      }
      const found = state();
      const isFound = found.name === 'search' && found.found.some(({ number }) => number === person.number);
      if (isFound) await tap.choose(found.tapId, person.number);
      else if (found.name === 'search') await tap.cancel(found.tapId);
      const offered = state();
      if (offered.name === 'listed-offer') {
        const items = wish(offered);
        if (items === null) await tap.cancel(offered.tapId);
        else await tap.confirm(offered.tapId, items);
      }
      const end = state();
      if (end.name === 'listed-granted') await tap.handover(end.tapId);
      return await leave(end);
    },
    records: async (card, wish) => {
      tap.select(wish.programme ?? parts.programmes[0]);
      await lay(card);
      return writeRecords(tap, wish);
    },
    healthKeys: async (sealed) => {
      await replaceFile(disk, { folder: LISTS, name: HEALTH_KEYS_FILE }, sealed);
      await health.reload();
    },
    list: async (name, sealed) => {
      await replaceFile(disk, { folder: LISTS, name: `${name}${ROSTER_ENDING}` }, sealed);
      await rosters.reload();
    },
    take: async (lists) => {
      await bring(lists);
      await trust.reload();
    },
    connect: () => uplink.start(),
    disconnect: () => uplink.stop(),
    drained: async () => {
      for (let waitedMs = 0; journal.state().backlog > 0; waitedMs += DRAIN_LOOK_MS) {
        if (waitedMs > DRAIN_TIMEOUT_MS)
          throw new WaslError('ERR_BROKER', `${listed.name} cannot get rid of ${journal.state().backlog} events`);
        await new Promise<void>((resolve) => systemTimers.after(DRAIN_LOOK_MS, resolve));
      }
    },
    close: async () => {
      await till?.stop();
      await uplink.stop();
      await rosters.close();
      await journal.close();
    },
  };
}

function uplinkOf(
  { listed, authority, centre, clock }: ScenarioTerminalParts,
  journal: Awaited<ReturnType<typeof openJournal>>,
): Uplink {
  const { port, username, password } = centre.broker;
  const link = createMqttLink(
    {
      url: `mqtt://127.0.0.1:${port}`,
      clientId: `wasl-${listed.name}`,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...{ keepaliveS: 60, connectTimeoutMs: 10_000, closeTimeoutMs: 2_000, packetBytesMax: 4_096, topicAlias: true },
    },
    systemTimers,
  );
  return new Uplink({
    terminal: listed.name,
    journal,
    link,
    signer: listed.signer,
    centre: {
      sealPublicKey: authority.centre.seal.publicKey,
      ackVerifiers: [verifierFromKey(authority.centre.ack.publicKey)],
    },
    ...{ clock, timers: systemTimers, random: systemRandom },
    limits: { ...UPLINK_LIMITS, lingerMs: 20, ackTimeoutMs: 5_000, backoff: { baseMs: 50, maxMs: 1_000 } },
    report: () => undefined,
  });
}
