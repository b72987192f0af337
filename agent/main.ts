/** Composes a terminal from its configuration: the one place in production code where implementations are chosen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openMedium } from '../drivers/media/open.js';
import { loadPcscApart } from '../drivers/pcsc/apart.js';
import { PcscReader } from '../drivers/pcsc/reader.js';
import type { Reader } from '../drivers/reader.js';
import { loadOpenSerialApart } from '../drivers/serial/apart.js';
import { SerialLineReader } from '../drivers/serial/line-reader.js';
import { serialPaymentMachine } from '../drivers/serial/payment-machine.js';
import { Twn4Reader } from '../drivers/serial/twn4-reader.js';
import { createMqttLink } from '../sync/link/mqtt-link.js';
import { ACK_BYTES_MAX } from '../sync/protocol/ack.js';
import { UPLINK_LIMITS } from '../sync/uplink/parts.js';
import { Uplink } from '../sync/uplink/uplink.js';
import type { TerminalConfig } from './config.js';
import { signerFromSeed, verifierFromKey } from './credential/signature.js';
import { prepareDataFolder } from './data-folder.js';
import { deskFacts } from './desk-facts.js';
import { calendars } from './domain/calendar.js';
import { codeOf, WaslError } from './domain/errors.js';
import type { Signer } from './domain/keys.js';
import type { Log } from './domain/log.js';
import { openTerminalVault } from './health/terminal-vault.js';
import { holderPinsOf } from './holder-pins.js';
import { journalBooks } from './journal/books/books.js';
import { exposureReader } from './journal/books/exposure.js';
import { servedOn, voidsOn } from './journal/books/served.js';
import type { JournalLimits } from './journal/limits.js';
import { nodeDisk } from './journal/node-disk.js';
import type { OpenJournal } from './journal/open-journal.js';
import { cardPseudonym, pseudonymKey } from './journal/pseudonym.js';
import { openPouchStore } from './journal/record/pouch-store.js';
import { RecordProjector } from './journal/record/record-projector.js';
import { openWatchedJournal } from './journal/watched-journal.js';
import { startKiosk } from './kiosk/server.js';
import { openTerminalRosters, type TerminalRosters } from './roster/terminal-rosters.js';
import { openSecrets, type Secrets } from './secrets.js';
import { createSession } from './session.js';
import { systemClock, systemRandom, systemTimers } from './system.js';
import { createTerminal, type TerminalParts } from './terminal.js';
import { type OpenTrust, openTrust } from './trust/open-trust.js';
import { supervisorsAt } from './trust/supervisors.js';
import { timeSource } from './trust/time.js';

/** Largest packet from the broker that is read: an acknowledgement, its topic and properties. */
const PACKET_BYTES_MAX = ACK_BYTES_MAX + 1024;

/** The built kiosk page, beside this file once built. */
const WEB_ROOT = fileURLToPath(new URL('./kiosk/web', import.meta.url));

/** No terminal's clock can be earlier than this software: 2026-11-21. */
const BUILT_MS = Date.UTC(2026, 10, 21);

const MIB = 1024 * 1024;

/** A terminal that runs. */
export interface RunningTerminal {
  /** Address of the kiosk page. */
  readonly kioskUrl: string;
  /** Reads the signed lists again, and the rosters. Rejects with `ERR_LIST_*`, and goes on with those in force. */
  reloadTrust(): Promise<void>;
  /** Lists of persons who are served without a card. */
  readonly rosters: TerminalRosters;
  /** Stops readers, link and page, and closes the journal. What was not sent is sent after the next start. */
  stop(): Promise<void>;
}

/** What a caller may add to the configuration. */
export interface TerminalExtras {
  readonly log: Log;
  /** Readers besides those of the configuration: simulated ones. */
  readonly readers?: readonly Reader[];
}

/** Starts a terminal. Rejects, before anything serves, with the code and a sentence that says what to do: `ERR_SECRET`, `ERR_LIST_*`, `ERR_DATA_FOLDER`, `ERR_JOURNAL_*`, `ERR_PORT_IN_USE`. */
export async function startTerminal(config: TerminalConfig, extras: TerminalExtras): Promise<RunningTerminal> {
  const { log } = extras;
  const secrets = openSecrets(config.secretsFolder, process.env);
  const key = await secrets.key('journal-key');
  const signer = signerFromSeed(await secrets.key('terminal-key'));
  const authority = verifierFromKey(fromHex(config.trust.authorityKey));
  await prepareDataFolder(config.dataFolder);
  const journal = await openWatchedJournal(
    {
      disk: nodeDisk(),
      folder: join(config.dataFolder, 'journal'),
      key,
      terminal: config.terminal,
      clock: systemClock,
      random: systemRandom,
      builtMs: BUILT_MS,
      limits: journalLimits(config.journal),
    },
    log,
  );
  try {
    // After the journal, whose lock makes this the only process that keeps accepted lists here.
    const memory = trustMemory(config);
    const trust = await openTrust({ disk: nodeDisk(), folder: config.trust.folder, memory, authority });
    if (trust.refused !== null)
      log.warn(
        { code: trust.refused.code, reason: trust.refused.message },
        'the lists that were brought are not taken',
      );
    for (const programme of config.programme) refuseUnknownProgramme(trust, programme);
    return await compose({ config, extras, secrets, key, signer, trust, journal });
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Where accepted lists and tries of PINs are kept. */
function trustMemory({ dataFolder }: TerminalConfig): string {
  return join(dataFolder, 'trust');
}

/** What the configuration leaves out is as the journal has it. */
function journalLimits({ backupWindowDays, mebibytesMax }: TerminalConfig['journal']): Partial<JournalLimits> {
  return {
    ...(backupWindowDays === undefined ? {} : { backupWindowDays }),
    ...(mebibytesMax === undefined ? {} : { journalBytesMax: mebibytesMax * MIB }),
  };
}

function refuseUnknownProgramme(trust: OpenTrust, programme: string): void {
  if (trust.policy().programmes.some(({ id }) => id === programme)) return;
  throw new WaslError(
    'ERR_PROGRAMME_UNKNOWN',
    `the policy has no programme "${programme}"; mend "programme" in the configuration`,
  );
}

interface Composition {
  readonly config: TerminalConfig;
  readonly extras: TerminalExtras;
  readonly secrets: Secrets;
  readonly key: Uint8Array;
  readonly signer: Signer;
  readonly trust: OpenTrust;
  readonly journal: OpenJournal;
}

async function compose(parts: Composition): Promise<RunningTerminal> {
  const { config, extras, key, signer, trust, journal } = parts;
  const { log } = extras;
  const pseudonyms = pseudonymKey(key);
  const pseudonym = (card: number): string => cardPseudonym(pseudonyms, card);
  const record = await startRecord(parts, pseudonym);
  const seed = await parts.secrets.key('terminal-key');
  const device = { disk: nodeDisk(), clock: systemClock, random: systemRandom };
  const rosters = await openTerminalRosters({ ...parts, ...device, seed, log });
  const health = await openTerminalVault({ ...parts, ...device, seed, log });
  const [uplink, pins] = [await createUplink(parts), await parts.secrets.optionalText('pin-unblock')];
  const time = timeSource({
    clock: systemClock,
    floorMs: () => Math.max(journal.state().timeFloorMs, trust.issuedMs()),
    signedMs: () => uplink.status().signedMs,
    builtMs: BUILT_MS,
  });
  const calendar = calendars();
  const people = supervisorsAt({ disk: nodeDisk(), folder: trustMemory(config), site: config.site, trust, time });
  const session = createSession({ operators: people, clock: systemClock });
  const terminal = createTerminal({
    terminal: config.terminal,
    site: config.site,
    tap: {
      journal,
      trust,
      time,
      random: systemRandom,
      calendar,
      voidsOn: (day) => voidsOn(journal, calendar(trust.policy().timeZone), day),
      fault: (error) => log.error({ err: error }, 'a fault inside Wasl'),
      ...{ signer, openMedium, health: health.vault, ...holderPinsOf(config, pins) },
      operator: () => session.current()?.number ?? 0,
      programmes: config.programme,
      desk: deskFacts({
        ...{ site: config.site, trust, journal, time, calendar, issuedMs: trust.issuedMs },
        operatorRole: () => session.current()?.role ?? null,
        exposure: exposureReader(journal, (timeSec) => calendar(trust.policy().timeZone).dayOf(timeSec * 1000)),
      }),
    },
    ...{ persons: rosters, journal, trust },
    ...{ supervisors: people, session, ...paymentsOf(config) },
    ...journalBooks({
      ...{ journal, random: systemRandom, settings: config, nowMs: () => time.now().ms },
      failed: (error) => log.warn({ code: codeOf(error) }, 'what is left of the goods is not known'),
    }),
    readers: [...config.readers.map(readerOf), ...(extras.readers ?? [])],
    sync: { connection: () => uplink.status().connection, subscribe: (listener) => uplink.subscribe(listener) },
    ...{ clock: systemClock, timers: systemTimers, log, pseudonym },
    servedToday: record.servedToday,
  });
  const kiosk = await startKiosk({
    ...{ backend: terminal.backend, host: '127.0.0.1', port: config.kiosk.port, webRoot: WEB_ROOT },
    token: Buffer.from(systemRandom.bytes(24)).toString('base64url'),
    log,
    timers: systemTimers,
  });
  await terminal.start();
  uplink.start();
  return {
    kioskUrl: kiosk.url,
    reloadTrust: () => trust.reload().finally(rosters.reload).finally(health.reload),
    rosters,
    stop: async () => {
      await kiosk.close();
      await terminal.stop();
      await uplink.stop();
      await record.stop();
      await rosters.close();
      await journal.close();
    },
  };
}

/** How long the start waits for the record to catch up, so that the count of the day is right. */
const RECORD_WAIT_MS = 3_000;

interface RunningRecord {
  readonly servedToday: number;
  stop(): Promise<void>;
}

/** The queryable record, following the journal. Whatever is wrong with it, the terminal serves: it is a copy. */
async function startRecord(parts: Composition, pseudonym: (card: number) => string): Promise<RunningRecord> {
  const { config, extras, key, trust, journal } = parts;
  const { log } = extras;
  const failed = (error: unknown): void =>
    log.error({ code: codeOf(error), err: error }, 'the record is not kept now; the journal is');
  try {
    const store = await openPouchStore({
      folder: join(config.dataFolder, 'record'),
      key,
      clock: systemClock,
      random: systemRandom,
      timers: systemTimers,
      onLost: (period, reason) => {
        log.warn({ period, reason }, 'a damaged record was set aside; it is filled again from the journal');
        projector.recheck();
      },
    });
    const projector: RecordProjector = new RecordProjector({
      journal,
      store,
      terminal: config.terminal,
      pseudonym,
      timers: systemTimers,
      onProblem: failed,
    });
    projector.start();
    await Promise.race([projector.idle(), new Promise<void>((resolve) => systemTimers.after(RECORD_WAIT_MS, resolve))]);
    const calendar = calendars()(trust.policy().timeZone);
    return {
      servedToday: await servedOn(store, calendar, systemClock.nowMs()),
      stop: async () => {
        await projector.stop();
        await store.close();
      },
    };
  } catch (error) {
    failed(error);
    return { servedToday: 0, stop: async () => undefined };
  }
}

async function createUplink({ config, extras, secrets, signer, journal }: Composition): Promise<Uplink> {
  const { centre } = config;
  const password = await secrets.optionalText('mqtt-password');
  const ca = centre.caFile === undefined ? null : await readFile(centre.caFile, 'utf8');
  const link = createMqttLink(
    {
      url: centre.url,
      clientId: `wasl-${config.terminal}`,
      ...(centre.username === undefined ? {} : { username: centre.username }),
      ...(password === null ? {} : { password }),
      ...(ca === null ? {} : { tls: { ca } }),
      keepaliveS: 60,
      connectTimeoutMs: 15_000,
      closeTimeoutMs: 2_000,
      packetBytesMax: PACKET_BYTES_MAX,
      topicAlias: true,
    },
    systemTimers,
  );
  return new Uplink({
    terminal: config.terminal,
    journal,
    link,
    signer,
    centre: { sealPublicKey: fromHex(centre.sealKey), ackVerifiers: [verifierFromKey(fromHex(centre.ackKey))] },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    limits: {
      ...UPLINK_LIMITS,
      lingerMs: centre.lingerMs,
      backoff: { baseMs: centre.backoffMinMs, maxMs: centre.backoffMaxMs },
    },
    report: (problem) => extras.log.warn({ code: codeOf(problem), reason: problem.message }, 'uplink'),
  });
}

/** Native parts run in processes of their own: this one loads none, and no fault of theirs ends it. */
function readerOf(reader: TerminalConfig['readers'][number]): Reader {
  const timers = systemTimers;
  if (reader.type === 'pcsc') {
    const match = reader.match === undefined ? {} : { match: { prefix: reader.match } };
    return new PcscReader({ load: loadPcscApart({ timers }), timers, ...match });
  }
  const { path, profile, baudRate } = reader;
  const loadOpen = loadOpenSerialApart({ timers });
  if (profile !== 'twn4')
    return new SerialLineReader({ path, profile, loadOpen, ...(baudRate === undefined ? {} : { baudRate }) });
  return new Twn4Reader({ path, timers, loadOpen, ...(baudRate === undefined ? {} : { baudRates: [baudRate] }) });
}

/** Nothing where the configuration says nothing of payments; cash alone where it names no machine. */
function paymentsOf({ payments }: TerminalConfig): Pick<TerminalParts, 'payments'> {
  if (payments === undefined) return {};
  const { machine: at } = payments;
  return { payments: { machine: at === undefined ? null : serialPaymentMachine({ ...at, timers: systemTimers }) } };
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
