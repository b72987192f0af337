/** A whole site on loopback in one process: the embedded centre with the bridge that serves real ones, and a terminal with a simulated reader. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTerminalConfig } from '../../agent/config.js';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { calendarOf } from '../../agent/domain/calendar.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { makeFolder } from '../../agent/files.js';
import { createLog, type LogLevel } from '../../agent/log.js';
import { startTerminal } from '../../agent/main.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { type Authority, createAuthority, openAuthority } from '../../sync/authority/authority.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import { runBridge } from '../../sync/bridge/main.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { type RunningBroker, startBroker } from '../central/broker.js';
import { type RunningCouch, startCouch } from '../central/couch.js';
import { sitDown } from '../process/clerk.js';
import { SimulatedReader } from '../readers/simulated.js';
import { claimFolder, prepareFolder } from './folder.js';
import { startSettlement } from './settlement.js';
import { startTray } from './tray.js';
import { openWallet, walletPeople } from './wallet.js';

/** How a site is started. */
export interface SiteOptions {
  /** Everything that the site remembers is in here. */
  readonly folder: string;
  readonly kioskPort: number;
  readonly trayPort: number;
  readonly logLevel: LogLevel;
}

/** A site that runs. */
export interface Site {
  readonly kioskUrl: string;
  readonly trayUrl: string;
  readonly brokerUrl: string;
  readonly couchUrl: string;
  /** Who may allow that a service is taken back, and the PIN; null in a folder that was made before there was anybody. */
  readonly supervisor: string | null;
  /** Names of the cards in the tray. */
  readonly cards: readonly string[];
  /** Stops everything in order. What was not sent is sent at the next start. */
  stop(): Promise<void>;
}

const TERMINAL = 'bakery-17-a';
const SITE = 'bakery-17';
const SUPERVISOR_NAME = 'Samia';
const SUPERVISOR_FILE = 'supervisor';
const TIME_ZONE = 'Africa/Cairo';
const LISTS_VALID_DAYS = 365;
const POLICY_FILE = fileURLToPath(new URL('../../../docs/samples/egypt-bread.policy.json', import.meta.url));

/** Starts a site, or goes on with the one in the folder. Rejects with a code and a sentence that says what to do; what was started is stopped again. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await start(options, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: SiteOptions, closers: (() => Promise<void>)[], stop: () => Promise<void>): Promise<Site> {
  const { folder } = options;
  await prepareFolder(folder);
  closers.push(await claimFolder(folder));
  const authority = await theAuthority(folder);
  const broker = await startBroker({ port: 0 });
  closers.push(() => broker.close());
  const couch = await startCouch({ port: 0, folder: join(folder, 'centre') });
  closers.push(() => couch.close());
  await registerTerminals(couch, authority);
  const bridge = await runBridge(
    {
      broker: { url: broker.url, username: broker.username },
      couch: { url: couch.url, username: couch.username },
      consumers: 1,
    },
    {
      secrets: {
        sealSecretKeys: [await authority.secret('centre-seal-key')],
        ackSeed: await authority.secret('centre-ack-key'),
        couchPassword: couch.password,
        brokerPassword: broker.password,
      },
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      log: createLog(options.logLevel, 'bridge'),
    },
  );
  closers.push(() => bridge.stop());
  const settlement = await startSettlement(folder, { authority, couch, logLevel: options.logLevel });
  closers.push(() => settlement.stop());

  const terminalFile = join(folder, 'terminal.json');
  await writeTerminalFile(terminalFile, { options, authority, broker });
  const config = await readTerminalConfig(terminalFile);
  const reader = new SimulatedReader({ name: 'simulated reader' });
  const terminal = await startTerminal(config, {
    log: createLog(options.logLevel, 'terminal'),
    readers: [reader],
  }).catch((error: unknown) => {
    throw isWaslError(error, 'ERR_PORT_IN_USE') ? kioskPortInUse(options.kioskPort, error) : error;
  });
  closers.push(() => terminal.stop());

  const nowSec = Math.floor(systemClock.nowMs() / 1000);
  const wallet = await openWallet(join(folder, 'cards'), {
    issuer: await authority.issuer(),
    stranger: signerFromSeed(systemRandom.bytes(32)),
    nowSec,
    day: calendarOf(TIME_ZONE).dayOf(nowSec * 1000),
  });
  const clerk = await sitDown(terminal.kioskUrl);
  const tray = await startTray({
    wallet,
    reader,
    kioskUrl: terminal.kioskUrl,
    screen: () =>
      clerk.state().then(
        (state) => state.screen,
        () => null,
      ),
    random: systemRandom,
    port: options.trayPort,
  });
  closers.push(() => tray.close());
  return {
    kioskUrl: terminal.kioskUrl,
    trayUrl: tray.url,
    brokerUrl: broker.url,
    couchUrl: couch.url,
    supervisor: await readFile(join(folder, 'secrets', SUPERVISOR_FILE), 'utf8').then(
      (text) => text.trim(),
      () => null,
    ),
    cards: wallet.cards.map((card) => card.handle),
    stop,
  };
}

/** The terminal's configuration, as an operator would write it: `wasl doctor` and `wasl journal` work with it. */
async function writeTerminalFile(
  file: string,
  site: { options: SiteOptions; authority: Authority; broker: RunningBroker },
): Promise<void> {
  const { options, authority, broker } = site;
  const { authorityKey, centre } = authority.register();
  await writeFile(join(options.folder, 'secrets', 'mqtt-password'), `${broker.password}\n`, { mode: 0o600 });
  const config = {
    terminal: TERMINAL,
    site: SITE,
    programme: 'bread',
    dataFolder: 'terminal',
    trust: { folder: 'authority/lists', authorityKey },
    centre: { url: broker.url, username: broker.username, ...centre, backoffMinMs: 500, backoffMaxMs: 5000 },
    kiosk: { port: options.kioskPort },
    secretsFolder: 'secrets',
    logLevel: options.logLevel,
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
}

function kioskPortInUse(port: number, cause: WaslError): WaslError {
  const message = `port ${port} for the clerk's screen is in use: stop the other program, or choose another port with --port`;
  return new WaslError('ERR_PORT_IN_USE', message, { cause });
}

/** The site's own authority: made at the first start with the sample policy, the terminal's keys enrolled, the blocked card on the hotlist. */
async function theAuthority(folder: string): Promise<Authority> {
  const at = join(folder, 'authority');
  const deps = { clock: systemClock, random: systemRandom };
  const secrets = join(folder, 'secrets');
  const seedFile = join(secrets, 'terminal-key');
  const whole = await access(join(at, 'lists', 'policy.list')).then(
    () => true,
    () => false,
  );
  if (whole) return openAuthority(at, deps);

  await makeFolder(at);
  await makeFolder(secrets, 0o700);
  const authority = await openAuthority(at, deps).catch((error: unknown) => {
    if (!isWaslError(error, 'ERR_USAGE')) throw error;
    return createAuthority(at, deps, { programmes: [1], years: 5 });
  });
  for (const file of [seedFile, join(secrets, 'journal-key')]) {
    // A first start that was cut may have made one already; it is kept, since the journal may be sealed with it.
    const key = `${Buffer.from(systemRandom.bytes(32)).toString('hex')}\n`;
    await writeFile(file, key, { mode: 0o600, flag: 'wx', flush: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  const seed = Uint8Array.from(Buffer.from((await readFile(seedFile, 'utf8')).trim(), 'hex'));
  const publicKey = Buffer.from(signerFromSeed(seed).publicKey).toString('hex');
  await authority.enrol({ terminal: TERMINAL, site: SITE, publicKey, years: 5 });
  for (const { person, story } of walletPeople()) if (story === 'blocked') await authority.block(person.serial);
  const pin = await authority.appoint({ number: 1, name: SUPERVISOR_NAME, sites: [SITE], years: 5 });
  // A real one would be told, and write it nowhere; this one is whoever tries the site out.
  await writeFile(join(secrets, SUPERVISOR_FILE), `${SUPERVISOR_NAME}, PIN ${pin}\n`, { mode: 0o600 });
  await authority.publish(JSON.parse(await readFile(POLICY_FILE, 'utf8')) as object, LISTS_VALID_DAYS);
  return authority;
}

async function registerTerminals(couch: RunningCouch, authority: Authority): Promise<void> {
  const store = createCouchStore({
    url: couch.urlWithPassword,
    requestTimeoutMs: 10_000,
    role: 'wasl-bridge',
    unpartitioned: () => undefined,
  });
  for (const { terminal, site, publicKey } of authority.register().terminals) {
    await enrolTerminal(store, { terminal, site, publicKey: Uint8Array.from(Buffer.from(publicKey, 'hex')) });
  }
}
