/** Cuts the events of a dead terminal's journal into runs that are recorded as batches are. */
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { EventRun } from '../bridge/recorder.js';
import { BATCH_EVENTS_BYTES_MAX, BATCH_EVENTS_MAX, type BatchEvent } from '../protocol/batch.js';
import { bodySalt } from '../protocol/chain.js';
import type { DeadEpoch, DeadJournal } from './dead-journal.js';

/** Events in a row of one epoch. */
export interface JournalRun extends EventRun {
  /** Head before the first of them; null right behind a hole, where nothing tells it. */
  readonly base: Uint8Array | null;
  readonly head: Uint8Array;
}

/**
 * The events of a journal in runs of at most a batch. Left out are those behind a hole that the terminal itself had answered with a new
 * epoch: it said them again there, so in their old places they would be told twice.
 */
export async function* runsOf(journal: DeadJournal): AsyncGenerator<JournalRun> {
  const epochs = new Map(journal.epochs.map((epoch) => [epoch.name, epoch]));
  let collected: ChainedEvent[] = [];
  let bytes = 0;
  let end: ChainedEvent | null = null;
  const take = (): JournalRun[] => {
    const [first] = collected;
    const epoch = epochs.get(first?.epoch ?? '');
    if (first === undefined || epoch === undefined) return [];
    const run = runOf(journal.terminal, epoch, { events: collected, base: baseOf(epoch, first.seq, end) });
    end = collected.at(-1) ?? end;
    collected = [];
    bytes = 0;
    return [run];
  };
  for await (const event of journal.events()) {
    const epoch = epochs.get(event.epoch);
    if (epoch === undefined || wasSaidAgain(epoch, event.seq)) continue;
    const last = collected.at(-1);
    const follows = last !== undefined && last.epoch === event.epoch && last.seq + 1 === event.seq;
    const fits = collected.length < BATCH_EVENTS_MAX && bytes + event.bytes.length <= BATCH_EVENTS_BYTES_MAX;
    if (!follows || !fits) yield* take();
    collected.push(event);
    bytes += event.bytes.length;
  }
  yield* take();
}

/** No acknowledgement passes a hole, so a mark behind one is the terminal's own: it recorded again what was there. */
function wasSaidAgain({ missing, acknowledged }: DeadEpoch, seq: number): boolean {
  const [hole] = missing;
  return hole !== undefined && seq > hole.first && seq <= acknowledged;
}

function baseOf(epoch: DeadEpoch, firstSeq: number, end: ChainedEvent | null): Uint8Array | null {
  if (firstSeq === 1) return epoch.base;
  if (epoch.pruned?.seq === firstSeq - 1) return epoch.pruned.head;
  return end !== null && end.epoch === epoch.name && end.seq === firstSeq - 1 ? end.head : null;
}

function runOf(
  terminal: string,
  epoch: DeadEpoch,
  { events, base }: { readonly events: readonly ChainedEvent[]; readonly base: Uint8Array | null },
): JournalRun {
  const [first] = events;
  const last = events.at(-1);
  const placed = events.map(
    ({ seq, bytes, bodyHash, head }): BatchEvent => ({
      seq,
      bytes,
      salt: bodySalt(epoch.saltKey, seq),
      bodyHash,
      head,
    }),
  );
  return {
    terminal,
    epoch: epoch.name,
    first: first?.seq ?? 0,
    last: last?.seq ?? 0,
    events: placed,
    base,
    head: last?.head ?? epoch.base,
  };
}
