/** Runs `wasl card …` inside the test, and keeps what it says. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorityCommands } from '../../../agent/cli/authority/commands.js';
import { cardCommands } from '../../../agent/cli/card/commands.js';
import { signerFromSeed } from '../../../agent/credential/signature.js';
import { type Printed, runCommand } from '../../support/command.js';

/** What a command said and how it ended. */
export interface Said extends Printed {
  /** The one object of `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Seed of the issuer of these tests. */
const SEED = '11'.repeat(32);

/** Public key of the issuer of these tests, in hex. */
export const ISSUER_KEY = Buffer.from(signerFromSeed(Buffer.from(SEED, 'hex')).publicKey).toString('hex');

/** A folder with an issuer's key in it. */
export async function deskFolder(): Promise<{
  readonly folder: string;
  readonly issuer: string;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-desk-'));
  const issuer = join(folder, 'issuer.key');
  await writeFile(issuer, `${SEED}\n`);
  return { folder, issuer, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs a card command. Rejects with what the command rejects with. */
export async function card(...words: readonly string[]): Promise<Said> {
  const said = await runCommand(cardCommands(), ...words);
  const json: unknown = words.includes('--json') ? JSON.parse(said.out) : {};
  return { ...said, json: json as Said['json'] };
}

/** A person, as `--order` takes it. */
export const ORDER = {
  card: 100_017,
  household: 50_017,
  householdSize: 5,
  draws: 3,
  homeSite: 17,
  coverage: { plan: 1, class: 2, familyUnit: 12 },
  rationScheme: 1,
  identity: {
    id: '90000000000017',
    language: 'ara',
    fullName: 'نادية بدران الشناوي',
    dateOfBirth: '1984-02-29',
    gender: 2,
    secondName: { text: 'Nadia Badran Elshenawy', language: 'eng' },
  },
  expires: '2028-12-31',
};

/** Runs a command of the authority, told as JSON. Rejects with what the command rejects with. */
export async function authority(...words: readonly string[]): Promise<Pick<Said, 'json' | 'exitCode'>> {
  const { out, exitCode } = await runCommand(authorityCommands(), ...words, '--json');
  return { json: JSON.parse(out) as Said['json'], exitCode };
}
