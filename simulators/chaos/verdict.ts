/** What became of every service: the cards, the screens and the journal, one held against the other. */
import { join } from 'node:path';
import { readTerminalConfig } from '../../agent/config.js';
import { eventId } from '../../agent/domain/event.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { exportEvents } from '../../agent/journal/verify.js';
import { openSecrets } from '../../agent/secrets.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import type { TrueService } from '../demo/truth.js';

/** A grant in the journal. */
export interface JournalGrant {
  /** `terminal:epoch:seq`. */
  readonly id: string;
  readonly card: number;
  readonly ledgerSequence: number;
  /** Of all commodities together. */
  readonly quantity: number;
}

/** A grant that a screen showed. */
export interface ShownGrant {
  readonly receipt: string;
  readonly quantity: number;
}

/** How it ends. */
export interface Verdict {
  /** Services that a card or a screen shows and the journal does not have. */
  readonly lost: number;
  /** Services that the journal has and no card shows. */
  readonly halfGranted: number;
  /** Services that the journal has twice. */
  readonly doubled: number;
  readonly problems: readonly string[];
}

/** Judges; every card that was interrupted must have been brought back before. */
export function judge(seen: {
  readonly cards: readonly TrueService[];
  readonly shown: readonly ShownGrant[];
  readonly journal: readonly JournalGrant[];
}): Verdict {
  const problems: string[] = [];
  const onCards = new Set(seen.cards.map(({ card, sequence }) => `${card}/${sequence}`));
  const journalled = new Set<string>();
  let doubled = 0;
  for (const { card, ledgerSequence } of seen.journal) {
    const key = `${card}/${ledgerSequence}`;
    if (journalled.has(key)) {
      doubled += 1;
      problems.push(`the journal has service ${key} twice`);
    }
    journalled.add(key);
  }
  const unrecorded = [...onCards].filter((key) => !journalled.has(key));
  const unwritten = [...journalled].filter((key) => !onCards.has(key));
  const byId = new Map(seen.journal.map((grant) => [grant.id, grant]));
  const unproved = seen.shown.filter(({ receipt, quantity }) => byId.get(receipt)?.quantity !== quantity);
  for (const key of unrecorded) problems.push(`a card shows service ${key}, the journal does not have it`);
  for (const key of unwritten) problems.push(`the journal has service ${key}, no card shows it`);
  for (const { receipt } of unproved) problems.push(`a screen showed ${receipt}, the journal does not have it so`);
  return { lost: unrecorded.length + unproved.length, halfGranted: unwritten.length, doubled, problems };
}

/** The grants in the journal of a terminal that has stopped. */
export async function grantsInJournal(configFile: string): Promise<JournalGrant[]> {
  const config = await readTerminalConfig(configFile);
  const key = await openSecrets(config.secretsFolder, {}).key('journal-key');
  const found: JournalGrant[] = [];
  const folder = join(config.dataFolder, 'journal');
  for await (const { epoch, seq, bytes } of exportEvents({ disk: nodeDisk(), folder, key })) {
    const event = decodeEvent(bytes);
    if (event.type !== 'redemption') continue;
    const { card, ledgerSequence, items } = event;
    const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
    found.push({ id: eventId(config.terminal, epoch, seq), card, ledgerSequence, quantity });
  }
  return found;
}
