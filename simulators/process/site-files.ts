/** The files of a site with processes of its own: authority, lists, secrets and configurations, laid out as an operator would with the `wasl` command. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { systemClock, systemRandom } from '../../agent/system.js';
import { type Authority, createAuthority } from '../../sync/authority/authority.js';

/** Where the site's servers are. */
export interface SiteServers {
  /** Where the terminal reaches the broker: through the counting proxy. */
  readonly terminalBrokerUrl: string;
  readonly bridgeBrokerUrl: string;
  readonly brokerUsername: string | null;
  readonly brokerPassword: string | null;
  /** Without credentials. */
  readonly couchUrl: string;
  readonly couchUsername: string;
  readonly couchPassword: string;
}

/** A reader in the terminal's configuration. */
export type ReaderSetting =
  | { readonly type: 'pcsc'; readonly match: string }
  | { readonly type: 'serial'; readonly path: string; readonly baudRate: number };

/** What was laid out. */
export interface SiteFiles {
  readonly authority: Authority;
  readonly terminal: string;
  readonly terminalConfig: string;
  readonly bridgeConfig: string;
  /** Signs all lists again, after something changed at the authority. */
  republish(): Promise<void>;
  /** Writes both configurations; to be called when the servers and readers are known. */
  configure(servers: SiteServers, readers: readonly ReaderSetting[]): Promise<void>;
}

/** The sample policy that the documentation ships. */
export const POLICY_FILE = new URL('../../../docs/samples/egypt-bread.policy.json', import.meta.url);

/** How long terminal and bridge rest before they try again: much shorter than in the field. */
export const SITE_BACKOFF = { baseMs: 200, maxMs: 2000 } as const;

/** Lays out a new site in an empty folder, with one terminal enrolled. */
export async function layOutSite(folder: string, site: { readonly terminal: string }): Promise<SiteFiles> {
  const { terminal } = site;
  const authority = await createAuthority(
    join(folder, 'authority'),
    { clock: systemClock, random: systemRandom },
    { programmes: [1], years: 5 },
  );
  const secrets = join(folder, 'secrets');
  const centreSecrets = join(folder, 'centre-secrets');
  for (const each of [secrets, centreSecrets]) await mkdir(each, { mode: 0o700 });
  const terminalSeed = systemRandom.bytes(32);
  await writeSecret(secrets, 'terminal-key', hex(terminalSeed));
  await writeSecret(secrets, 'journal-key', hex(systemRandom.bytes(32)));
  for (const name of ['centre-seal-key', 'centre-ack-key'] as const) {
    await writeSecret(centreSecrets, name, hex(await authority.secret(name)));
  }
  await authority.enrol({
    terminal,
    site: 'bakery-17',
    publicKey: hex(signerFromSeed(terminalSeed).publicKey),
    years: 3,
  });
  const policy = JSON.parse(await readFile(POLICY_FILE, 'utf8')) as object;
  const lists = await authority.publish(policy, 30);
  const { authorityKey, centre } = authority.register();
  const terminalConfig = join(folder, 'terminal.json');
  const bridgeConfig = join(folder, 'bridge.json');
  return {
    authority,
    terminal,
    terminalConfig,
    bridgeConfig,
    republish: async () => {
      await authority.publish(policy, 30);
    },
    configure: async (servers, readers) => {
      const username = servers.brokerUsername === null ? {} : { username: servers.brokerUsername };
      if (servers.brokerPassword !== null) {
        await writeSecret(secrets, 'mqtt-password', servers.brokerPassword);
        await writeSecret(centreSecrets, 'broker-password', servers.brokerPassword);
      }
      await writeSecret(centreSecrets, 'couch-password', servers.couchPassword);
      await writeJson(terminalConfig, {
        terminal,
        site: 'bakery-17',
        programme: 'bread',
        dataFolder: 'data',
        trust: { folder: lists, authorityKey },
        readers,
        centre: {
          url: servers.terminalBrokerUrl,
          ...username,
          ...centre,
          lingerMs: 1000,
          backoffMinMs: SITE_BACKOFF.baseMs,
          backoffMaxMs: SITE_BACKOFF.maxMs,
        },
        kiosk: { port: 0 },
        secretsFolder: 'secrets',
        logLevel: 'info',
      });
      await writeJson(bridgeConfig, {
        broker: { url: servers.bridgeBrokerUrl, ...username },
        couch: { url: servers.couchUrl, username: servers.couchUsername },
        backoff: SITE_BACKOFF,
        secretsFolder: 'centre-secrets',
      });
    },
  };
}

function writeSecret(folder: string, name: string, value: string): Promise<void> {
  return writeFile(join(folder, name), `${value}\n`, { mode: 0o600 });
}

function writeJson(file: string, value: object): Promise<void> {
  return writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
