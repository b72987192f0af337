/** Rosters on a terminal that runs: found in, served once, and never in the way of those who have a card. */
import { expect, test } from 'vitest';
import type { Log } from '../../agent/domain/log.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { sealRoster } from '../../agent/roster/sealed-roster.js';
import { signRoster } from '../../agent/roster/signed-roster.js';
import { openTerminalRosters } from '../../agent/roster/terminal-rosters.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { handClock, KEY, openOn, seededRandom } from '../journal/samples.js';
import { POLICY } from '../support/desk.js';
import { NOW } from '../support/people.js';
import { authority, head, person, TERMINAL_SEED, terminal } from './rosters.js';

const BROUGHT = '/etc/trust';

async function bench() {
  const disk = new MemoryDisk();
  const journal = await openOn(disk);
  const said: string[] = [];
  const log: Log = {
    debug: () => undefined,
    info: (_details, text) => void said.push(`info ${text}`),
    warn: (details, text) => void said.push(`warn ${text} ${String('code' in details ? details.code : '')}`),
    error: (details, text) => void said.push(`error ${text} ${String('code' in details ? details.code : '')}`),
  };
  const open = () =>
    openTerminalRosters({
      config: {
        dataFolder: '/data',
        trust: { folder: BROUGHT, authorityKey: Buffer.from(authority.publicKey).toString('hex') },
      },
      disk: disk.session(),
      key: KEY,
      seed: TERMINAL_SEED,
      signer: terminal,
      journal,
      trust: { policy: () => POLICY },
      clock: handClock(),
      random: seededRandom(5),
      log,
    });
  const bring = async (bytes: Uint8Array): Promise<void> => {
    const session = disk.session();
    await session.makeFolder(BROUGHT);
    await replaceFile(session, { folder: BROUGHT, name: 'gezira-2026.roster' }, bytes);
  };
  return { disk, journal, open, bring, said };
}

const file = (version: number, name: string): Uint8Array =>
  sealRoster(
    signRoster(head(version), [person(3, { name })], authority),
    { name: 'gezira-2026', terminals: [terminal.publicKey] },
    seededRandom(version),
  );

test('a roster is in force until it expires, and is found in', async () => {
  const { open, bring } = await bench();
  await bring(file(1, 'سلمى بدران'));
  const rosters = await open();
  const inForce = rosters.inForce('gezira-2026', NOW);
  expect(inForce?.finder.find('بدران سلمي', 8).hits[0]?.person.number).toBe(3);
  expect(rosters.inForce('gezira-2026', head().expiresAt - 1)).not.toBeNull();
  expect(rosters.inForce('gezira-2026', head().expiresAt)).toBeNull();
  expect(rosters.inForce('gezira-2027', NOW)).toBeNull();
});

test('a service counts over a new version of the roster and over a restart', async () => {
  const { open, bring, journal } = await bench();
  const rosters = await open();
  expect(rosters.ledger()).toBeNull();
  await bring(file(1, 'سلمى بدران'));
  await rosters.reload();
  const number = rosters.inForce('gezira-2026', NOW)?.roster.number ?? 0;
  const versions = { keys: 1, hotlist: 0, policy: 7, time: 'set' } as const;
  const items = [{ commodity: 31, quantity: 1 }];
  const service = {
    type: 'roster',
    time: NOW,
    roster: number,
    person: 3,
    programme: 9,
    items,
    versions,
    operator: 0,
  } as const;
  await journal.append([{ kind: 'event', event: service }]);
  await bring(file(2, 'سلمى عمر بدران'));
  await rosters.reload();
  expect(rosters.inForce('gezira-2026', NOW)?.roster.person(3)?.name).toBe('سلمى عمر بدران');
  expect((await rosters.ledger()?.factsOf(number, 3))?.usage).toEqual([{ commodity: 31, usedDay: 1, usedMonth: 1 }]);
  await rosters.close();
  const again = await open();
  expect((await again.ledger()?.factsOf(number, 3))?.nextSequence).toBe(2);
});

test('a bad file and a full disk are said, and nothing else happens', async () => {
  const { disk, open, bring, said } = await bench();
  await bring(Uint8Array.of(1, 2, 3));
  const rosters = await open();
  expect(said).toEqual(['warn a roster that was brought is not taken ERR_LIST_FORMAT']);
  await bring(file(1, 'سلمى بدران'));
  disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
  await rosters.reload();
  expect(said.at(-1)).toBe('error rosters are not kept now: nobody new is served without a card ERR_JOURNAL_SPACE');
  expect(rosters.inForce('gezira-2026', NOW)).toBeNull();
  disk.plan = () => 'go';
  await rosters.reload();
  expect(rosters.inForce('gezira-2026', NOW)).not.toBeNull();
});
