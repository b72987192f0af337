/** The end of a run: everything is read that could bear witness, by code that shares nothing with what wrote it where that is possible, and judged. */
import { join } from 'node:path';
import { readTerminalConfig } from '../../agent/config.js';
import { eventId } from '../../agent/domain/event.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { exportEvents } from '../../agent/journal/verify.js';
import { openSecrets } from '../../agent/secrets.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { auditCentre } from '../central/audit.js';
import { servicesOf } from '../demo/truth.js';
import { runCli } from '../process/cli.js';
import type { CounterLog } from './counter.js';
import { countDocuments } from './database.js';
import type { Field } from './field.js';
import { type JournalService, judge, type Verdict } from './verdict.js';

/** What was found at the end. */
export interface Ending extends Verdict {
  /** Services that the centre can prove. */
  readonly granted: number;
  /** Events in the journal, and at the centre. */
  readonly journalled: number;
  readonly central: number;
  /** Events that contradict each other, as the centre filed them. */
  readonly cases: number;
  /** Every hash, chain and signature was recomputed and fits, in the journal and at the centre. */
  readonly chainVerified: boolean;
}

/** Reads and judges; the terminal must have stopped. */
export async function end(field: Field, log: CounterLog): Promise<Ending> {
  const { database, site } = field;
  const audit = await auditCentre(database);
  const cases = await countDocuments(database, 'wasl-cases');
  const deadLetters = await countDocuments(database, 'wasl-deadletter');
  const verified = JSON.parse(await runCli(['journal', 'verify', '--config', site.terminalConfig, '--json'])) as {
    ok: boolean;
    events: number;
    backlog: number;
    openIntents: number;
    undispensed: number;
  };
  const verdict = judge({
    cards: field.cards.flatMap(({ serial, card, before: memory }) => servicesOf(serial, card, memory)),
    shown: [...log.shown.values()],
    journal: await servicesInJournal(site.terminalConfig),
    centre: audit.services,
  });
  const central = audit.events;
  const problems = [
    ...log.surprises,
    ...verdict.problems,
    ...audit.problems,
    ...audit.gaps.map((gap) => `the centre has a gap: ${JSON.stringify(gap)}`),
    ...unless(verified.ok, 'the journal is damaged'),
    ...unless(verified.events === central, `the journal has ${verified.events} events, the centre ${central}`),
    ...unless(verified.backlog === 0, `${verified.backlog} events are not acknowledged`),
    ...unless(verified.openIntents === 0, `${verified.openIntents} taps were never finished`),
    ...unless(verified.undispensed === 0, `${verified.undispensed} hand-overs were never confirmed`),
    ...unless(cases === 0, `the centre has filed ${cases} cases`),
    ...unless(deadLetters === 0, 'the centre could not read some of the batches'),
  ];
  return {
    ...verdict,
    problems,
    granted: audit.services.length,
    journalled: verified.events,
    central,
    cases,
    chainVerified: verified.ok && audit.chainVerified,
  };
}

function unless(isSo: boolean, problem: string): string[] {
  return isSo ? [] : [problem];
}

async function servicesInJournal(configFile: string): Promise<JournalService[]> {
  const config = await readTerminalConfig(configFile);
  const key = await openSecrets(config.secretsFolder, {}).key('journal-key');
  const found: JournalService[] = [];
  const folder = join(config.dataFolder, 'journal');
  for await (const { epoch, seq, bytes } of exportEvents({ disk: nodeDisk(), folder, key })) {
    const event = decodeEvent(bytes);
    if (event.type !== 'redemption' && event.type !== 'unresolved') continue;
    const { type, card, ledgerSequence, items } = event;
    const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
    found.push({ id: eventId(config.terminal, epoch, seq), type, card, ledgerSequence, quantity });
  }
  return found;
}
