import type { WaslEvent } from '../../agent/domain/event.js';
import type { JournalReader } from '../../agent/journal/journal.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';

/** All events of a journal, oldest first. */
export async function eventsOf(journal: JournalReader): Promise<WaslEvent[]> {
  const events: WaslEvent[] = [];
  for (const epoch of journal.epochs()) {
    for (let from = 1; from <= epoch.lastSeq; ) {
      const chained = await journal.readEvents(epoch.name, from, { countMax: 500, bytesMax: 1_000_000 });
      if (chained.length === 0) throw new Error(`event ${from} of ${epoch.name} cannot be read`);
      events.push(...chained.map((one) => decodeEvent(one.bytes)));
      from += chained.length;
    }
  }
  return events;
}

/** The events without those that only begin an epoch. */
export async function storyOf(journal: JournalReader): Promise<WaslEvent[]> {
  return (await eventsOf(journal)).filter((event) => event.type !== 'epoch');
}
