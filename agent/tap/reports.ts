/** What the centre is told of taps whose effect on the card is not known. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { IntentStep, JournalEntry } from '../journal/journal.js';
import type { TapDeps } from './examine.js';
import { heldEntries, strandedEntries } from './payment-entries.js';

/** Reports, once, every intent that an earlier run left open: the centre learns of it even if the card never comes back. */
export async function reportOpenIntents(deps: TapDeps): Promise<void> {
  const entries = [...deps.journal.state().openIntents.keys()].flatMap((tapId) =>
    reportEntries(deps, tapId, 'ERR_TAP_UNRESOLVED'),
  );
  if (entries.length > 0) await deps.journal.append(entries);
}

/** That an open intent is told to the centre, once; nothing for one that was told, or is not open. */
export function reportEntries(deps: TapDeps, tapId: string, reason: ErrorCode): JournalEntry[] {
  const open = deps.journal.state().openIntents.get(tapId);
  if (open === undefined || open.reported) return [];
  const atMs = deps.time.now().ms;
  const at = { atMs, operator: deps.operator() };
  const held = heldEntries(deps.journal.state(), tapId, at);
  return [
    unresolvedEvent(open.intent, reason, atMs),
    ...held,
    { kind: 'step', step: { step: 'reported', tapId, atMs } },
  ];
}

/** That an intent will not be completed here, and that the centre knows of it. */
export function closeEntries(deps: TapDeps, intent: IntentStep): JournalEntry[] {
  const atMs = deps.time.now().ms;
  return [
    ...reportEntries(deps, intent.tapId, 'ERR_TAP_UNRESOLVED'),
    { kind: 'step', step: { step: 'closed', tapId: intent.tapId, atMs } },
    ...strandedEntries(deps.journal.state(), intent.tapId, { atMs, operator: deps.operator() }),
  ];
}

function unresolvedEvent(intent: IntentStep, reason: ErrorCode, atMs: number): JournalEntry {
  const { card, ledgerSequence, programme } = intent;
  // What an interrupted void would have given back was not taken: nothing of it counts as used.
  const items = intent.takesBack === undefined ? intent.items : [];
  return {
    kind: 'event',
    event: { type: 'unresolved', time: Math.floor(atMs / 1000), card, ledgerSequence, programme, items, reason },
  };
}

/** A new id for what happens at a desk: 16 hex digits, drawn at random. */
export function newTapId({ random }: Pick<TapDeps, 'random'>): string {
  return Buffer.from(random.bytes(8)).toString('hex');
}
