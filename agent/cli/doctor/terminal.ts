/** The checks of `wasl doctor` that need a configuration: what a terminal with it would find when it starts. Nothing is changed. */
import { access, constants, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { TerminalConfig } from '../../config.js';
import { signerFromSeed, verifierFromKey } from '../../credential/signature.js';
import { LIST_KINDS } from '../../credential/signed-list.js';
import type { Signer, Verifier } from '../../domain/keys.js';
import { fileTrouble } from '../../files.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { openSecrets } from '../../secrets.js';
import { systemClock } from '../../system.js';
import { acceptedVersions, readTrust } from '../../trust/open-trust.js';
import type { Trust, TrustVersions } from '../../trust/trust.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';
import { checkHealth } from './health.js';
import { checkJournal } from './journal.js';
import { checkTty } from './readers.js';

/** Below this much free space the journal refuses to begin a service. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;
const BROKER_TIMEOUT_MS = 3000;
const DAY_MS = 86_400_000;
/** New lists should be on their way before the old ones end. */
const LISTS_END_SOON_MS = 7 * DAY_MS;

/** Checks everything that the configuration names. Never rejects. */
export async function diagnoseTerminal(config: TerminalConfig): Promise<Finding[]> {
  const { signer, findings } = await checkSecrets(config);
  const { trust, finding } = await checkTrust(config);
  findings.push(finding);
  if (trust !== null) findings.push(checkPolicy(trust, systemClock.nowMs()));
  if (trust !== null && signer !== null)
    findings.push(checkEnrolment(config, { trust, signer, nowMs: systemClock.nowMs() }));
  findings.push(...(await checkHealth(config, { trust, signer })));
  findings.push(await checkFolder(config.dataFolder), await checkJournal(config));
  findings.push(...(await checkReaders(config)), await checkBroker(config));
  return findings;
}

async function checkSecrets(config: TerminalConfig): Promise<{ signer: Signer | null; findings: Finding[] }> {
  try {
    const secrets = openSecrets(config.secretsFolder, process.env);
    await secrets.key('journal-key');
    const signer = signerFromSeed(await secrets.key('terminal-key'));
    const open: string[] = [];
    for (const name of ['journal-key', 'terminal-key'])
      if (((await stat(join(secrets.folder, name))).mode & 0o077) !== 0) open.push(join(secrets.folder, name));
    const finding =
      open.length === 0
        ? ok('secrets', `journal-key and terminal-key are in ${secrets.folder}`)
        : warning('secrets', `other users may read ${open.join(' and ')}`, `chmod 600 ${open.join(' ')}`);
    return { signer, findings: [finding] };
  } catch (error) {
    const fix = '"wasl terminal keygen --secrets FOLDER" makes both for a new terminal';
    return { signer: null, findings: [problem('secrets', textOf(error), fix)] };
  }
}

async function checkTrust(config: TerminalConfig): Promise<{ trust: Trust | null; finding: Finding }> {
  try {
    const authority = verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex')));
    const trust = await readTrust(nodeDisk(), config.trust.folder, authority);
    const versions = trust.versions();
    const older = await olderThanAccepted(config, authority, versions);
    if (older !== null) return { trust, finding: older };
    const { keys, terminals, hotlist, policy } = versions;
    const known = trust.policy().programmes.map((programme) => programme.id);
    const unknown = config.programme.filter((programme) => !known.includes(programme));
    if (unknown.length > 0) {
      const fix = `mend "programme" in the configuration; the policy has ${known.join(', ')}`;
      return { trust, finding: problem('trust', `the policy has no programme ${unknown.join(', ')}`, fix) };
    }
    return {
      trust,
      finding: ok('trust', `keys ${keys}, terminals ${terminals}, hotlist ${hotlist}, policy ${policy}`),
    };
  } catch (error) {
    const fix = 'copy the lists that "wasl authority publish" wrote into the trust folder';
    return { trust: null, finding: problem('trust', textOf(error), fix) };
  }
}

/** Lists that the terminal will refuse, because it has accepted newer ones before. */
async function olderThanAccepted(
  config: TerminalConfig,
  authority: Verifier,
  brought: TrustVersions,
): Promise<Finding | null> {
  const memory = join(config.dataFolder, 'trust');
  const accepted = await acceptedVersions({ disk: nodeDisk(), memory, authority });
  const kind = LIST_KINDS.find((one) => brought[one] < accepted[one]);
  if (kind === undefined) return null;
  const text = `the ${kind} list is version ${brought[kind]}, but ${accepted[kind]} was accepted before: the terminal goes on with that one`;
  return warning('trust', text, 'copy the newest lists that "wasl authority publish" wrote into the trust folder');
}

function checkPolicy(trust: Trust, nowMs: number): Finding {
  const endMs = trust.policy().expiresAt * 1000;
  const end = new Date(endMs).toISOString().slice(0, 10);
  const fix = 'publish the lists again ("wasl authority publish") and copy them over';
  if (nowMs >= endMs) return problem('policy', `the rules ended on ${end}: every card is refused`, fix);
  return endMs - nowMs < LISTS_END_SOON_MS
    ? warning('policy', `the rules end on ${end}`, fix)
    : ok('policy', `the rules are good until ${end}`);
}

/** A terminal whose key is in no list writes records that no terminal believes, itself included, and batches that the centre refuses. */
function checkEnrolment(
  config: TerminalConfig,
  at: { readonly trust: Trust; readonly signer: Signer; readonly nowMs: number },
): Finding {
  const publicKey = Buffer.from(at.signer.publicKey).toString('hex');
  const entry = at.trust
    .terminalKeys(at.signer.keyId)
    .find(
      ({ terminal, verifier }) => terminal === config.terminal && sameBytes(verifier.publicKey, at.signer.publicKey),
    );
  const fix = `wasl authority enrol FOLDER --terminal ${config.terminal} --site ${config.site} --key ${publicKey}, publish, and copy the lists`;
  if (entry === undefined)
    return problem('enrolment', `the lists do not have ${config.terminal} with the terminal-key that is here`, fix);
  if (at.nowMs / 1000 > entry.notAfter)
    return problem('enrolment', `the enrolment of ${config.terminal} has ended`, fix);
  return ok(
    'enrolment',
    `${config.terminal} is enrolled until ${new Date(entry.notAfter * 1000).toISOString().slice(0, 10)}`,
  );
}

/** The folder, or the nearest one above it that is there: the terminal makes the rest at its first start, as its own user. */
async function checkFolder(folder: string): Promise<Finding> {
  const name = 'data folder';
  let nearest = folder;
  for (;;) {
    try {
      if (!(await stat(nearest)).isDirectory())
        return problem(name, `${nearest} is not a folder`, 'set another "dataFolder"');
      await access(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
      const { bavail, bsize } = await statfs(nearest);
      const free = `${Math.floor((bavail * bsize) / 1_048_576)} MiB free`;
      if (bavail * bsize < FREE_BYTES_MIN)
        return problem(name, `${folder}: ${free}`, `make room on the disk of ${nearest}`);
      return ok(name, nearest === folder ? `${folder} is writable, ${free}` : `${folder} will be made, ${free}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(nearest) !== nearest) {
        nearest = dirname(nearest);
        continue;
      }
      const trouble = fileTrouble(error) ?? { why: textOf(error), fix: 'see what is there' };
      return problem(name, `${nearest} ${trouble.why}`, trouble.fix);
    }
  }
}

async function checkReaders(config: TerminalConfig): Promise<Finding[]> {
  if (config.readers.length === 0) {
    const fix = 'add one to "readers": {"type": "pcsc"} or {"type": "serial", "path": "/dev/serial/by-id/…"}';
    return [warning('readers', 'the configuration has no reader', fix)];
  }
  const findings: Finding[] = [];
  for (const reader of config.readers)
    if (reader.type === 'serial') findings.push(await checkTty(reader.path, userInfo().username));
  return findings;
}

async function checkBroker({ centre }: TerminalConfig): Promise<Finding> {
  if (centre.caFile !== undefined) {
    const trouble = await access(centre.caFile, constants.R_OK).then(
      () => null,
      (error: unknown) => fileTrouble(error) ?? { why: textOf(error), fix: 'see what is there' },
    );
    if (trouble !== null) return problem('broker', `the certificate ${centre.caFile} ${trouble.why}`, trouble.fix);
  }
  if (await canConnect(new URL(centre.url))) return ok('broker', `${centre.url} can be reached`);
  const message = `${centre.url} cannot be reached now; services are recorded and sent later`;
  return warning('broker', message, 'check the network, the address and the firewall');
}

function canConnect({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const usual = protocol === 'mqtts:' ? 8883 : 1883;
    // An IPv6 address stands in brackets in a URL and nowhere else.
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: port === '' ? usual : Number(port), timeout: BROKER_TIMEOUT_MS });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
