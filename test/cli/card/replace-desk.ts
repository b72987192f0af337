/** An issuing desk as its command finds it: the folder of an authority, and a terminal of its own that has run once. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { journalSource } from '../../../agent/cli/journal/source.js';
import { terminalCommands } from '../../../agent/cli/terminal/commands.js';
import type { ReplacedEvent } from '../../../agent/domain/event.js';
import { forwards } from '../../../agent/journal/books/read-events.js';
import { openJournal } from '../../../agent/journal/open-journal.js';
import { blankCard, type CardKind, type SimulatedCard, saveCard } from '../../../simulators/card-file.js';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { systemClock, systemRandom } from '../../support/system.js';
import { authority, card, deskFolder, ORDER } from './bench.js';

const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-rations.policy.json');

/** A desk in a folder of its own. */
export interface IssuingDesk {
  readonly folder: string;
  /** Folder of the authority, its key, and the configuration of the desk's terminal. */
  readonly authority: string;
  readonly authorityKey: string;
  readonly config: string;
  /** Writes JSON into the folder; resolves to its path. */
  file(name: string, content: object): Promise<string>;
  blank(kind: CardKind, name: string): Promise<string>;
  /** Issues a tag that begins with 40 loaves of November 2024; resolves to its file. */
  issued(serial: number, name: string): Promise<string>;
  /** Words of the command that makes a card with this serial in the place of another one. */
  words(serial: number): Promise<readonly string[]>;
  /** `wasl card read` of a file, as `--json` tells it. */
  read(path: string): Promise<Readonly<Record<string, unknown>>>;
  blocked(): Promise<readonly number[]>;
  /** What the desk has told the centre of replaced cards. */
  told(): Promise<readonly ReplacedEvent[]>;
  remove(): Promise<void>;
}

/** Makes a desk. */
export async function issuingDesk(): Promise<IssuingDesk> {
  const desk = await deskFolder();
  const folder = join(desk.folder, 'authority');
  await authority('init', folder);
  const secrets = join(desk.folder, 'secrets');
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  await terminalCommands().exitOverride().parseAsync(['keygen', '--secrets', secrets, '--json'], { from: 'user' });
  write.mockRestore();
  await authority('publish', folder, '--policy', POLICY);
  const register = async () => (await authority('show', folder)).json.register as Readonly<Record<string, unknown>>;
  const authorityKey = String((await register()).authorityKey);
  const file = async (name: string, content: object): Promise<string> => {
    const path = join(desk.folder, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  };
  const config = await file('terminal.json', {
    ...{ terminal: 'desk-1', site: 'office', programme: 'rations', dataFolder: 'data', secretsFolder: 'secrets' },
    trust: { folder: 'authority/lists', authorityKey },
    centre: { url: 'mqtt://127.0.0.1:9', sealKey: '11'.repeat(32), ackKey: authorityKey },
  });
  const blank = async (kind: CardKind, name: string): Promise<string> => {
    const path = join(desk.folder, `${name}.json`);
    await saveCard(path, blankCard(kind));
    return path;
  };
  await (await journalOf(config)).close();
  return {
    ...{ folder: desk.folder, authority: folder, authorityKey, config, file, blank, remove: desk.remove },
    issued: async (serial, name) => {
      const balances = { asOf: '2024-11-20', used: { 'rations.loaf': { month: 40 } } };
      const path = await blank('ntag216', name);
      const order = await file(`${name}-order.json`, { ...ORDER, card: serial, balances });
      await card('issue', '--issuer', folder, '--order', order, '--card', path, '--policy', POLICY);
      return path;
    },
    words: async (serial) => {
      const order = await file('new.json', { ...ORDER, card: serial });
      return ['replace', '--issuer', folder, '--order', order, '--config', config, '--json'];
    },
    read: async (path) => {
      const believed = ['--trust', join(folder, 'lists'), '--authority', authorityKey];
      return (await card('read', ...believed, '--card', path, '--json')).json;
    },
    blocked: async () => (await register()).blocked as readonly number[],
    told: () => toldIn(config),
  };
}

async function journalOf(config: string) {
  const { disk, folder, key, terminal } = await journalSource(config);
  return await openJournal({ disk, folder, key, terminal, clock: systemClock, random: systemRandom });
}

async function toldIn(config: string): Promise<readonly ReplacedEvent[]> {
  const journal = await journalOf(config);
  const events: ReplacedEvent[] = [];
  for await (const { bytes } of forwards(journal)) {
    const event = decodeKnownEvent(bytes);
    if (event?.type === 'replaced') events.push(event);
  }
  await journal.close();
  return events;
}

/** Keeps a card that was on a reader in a file, for {@link IssuingDesk.read}. */
export async function keptAs(desk: IssuingDesk, name: string, made: SimulatedCard): Promise<string> {
  const path = join(desk.folder, `${name}.json`);
  await saveCard(path, made);
  return path;
}
