/**
 * A card that showed less than a terminal had seen on it: its endorsement was taken off, or an older one put back, mostly because the newer one
 * entitles to less. The terminal has written the newest one again, so nothing was lost but the intention; a supervisor should know of the card.
 * One case for each endorsement that was gone. Nothing heals it: that it stands there again is the terminal's doing.
 */
import type { EndorsedDocument, EndorsedRecord } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import type { Finding, Verdicts } from './case.js';

/** Id of the case. */
export function endorsementCaseId(card: number, known: number): string {
  return `endorsement:${card}:${known}`;
}

/** Judges the endorsements of a card. */
export function judgeEndorsement({ card, events }: EndorsedDocument): Verdicts {
  const gone = new Map<number, [string, EndorsedRecord][]>();
  for (const [id, told] of Object.entries(events)) {
    if (told.known > told.shown) gone.set(told.known, [...(gone.get(told.known) ?? []), [id, told]]);
  }
  return new Map([...gone].map(([known, told]) => [endorsementCaseId(card, known), findingFor(card, known, told)]));
}

function findingFor(card: number, known: number, told: readonly (readonly [string, EndorsedRecord])[]): Finding {
  const terminals = [...new Set(told.map(([id]) => terminalOf(id)))].sort();
  const programmes = [...new Set(told.map(([, { programme }]) => programme))];
  // Told again in another epoch it is the same tap.
  const taps = new Set(told.map(([id, one]) => contentOf(terminalOf(id), one))).size;
  const often = taps === 1 ? '' : ` ${taps} times`;
  return {
    kind: 'endorsement',
    cause: 'card',
    reason: `Card ${card} showed ${shownIn(told)}${often} at ${terminals.join(', ')}, which had seen endorsement ${known} on it. Somebody took it off or put an older content back, or a write of it was interrupted at another terminal. The newest one was written to the card again.`,
    subject: {
      card,
      endorsement: known,
      ...(programmes.length === 1 ? { programme: programmes[0] } : {}),
      ...(terminals.length === 1 ? { terminal: terminals[0] } : {}),
    },
    events: told.map(([id]) => id),
    healed: null,
  };
}

function shownIn(told: readonly (readonly [string, EndorsedRecord])[]): string {
  const numbers = [...new Set(told.map(([, { shown }]) => shown))].sort((a, b) => a - b);
  return numbers.map((shown) => (shown === 0 ? 'no endorsement' : `endorsement ${shown}`)).join(' or ');
}
