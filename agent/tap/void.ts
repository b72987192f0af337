/** Taking a service back at a tap: a record on the card that gives the quota back, and an event of its own. The order is that of every tap. */
import { codeOf } from '../domain/errors.js';
import type { IntentStep, UndispensedGrant } from '../journal/journal.js';
import { applyVoid, refuseVoid, type VoidAuthority } from '../services/ration/void.js';
import { voidTapId } from './commit.js';
import type { CardWithLedger, TapDeps } from './examine.js';
import { completeIntent, doubtEntries, ledgerIntent, type Served } from './serve.js';

/** A service that a supervisor wants taken back, as the desk has it armed. */
export interface ArmedVoid {
  readonly grant: UndispensedGrant;
  readonly authority: VoidAuthority;
  /** Services taken back at this terminal today. */
  readonly voidsToday: number;
}

/** Carries a void out on the card that was served. Never rejects. */
export async function serveVoid(deps: TapDeps, card: CardWithLedger, armed: ArmedVoid): Promise<Served> {
  const { grant, authority, voidsToday } = armed;
  const { tapId, items, atMs, ledgerSequence } = grant.intent;
  const nowMs = deps.time.now().ms;
  const { voids: rules } = card.programme;
  const refusal = refuseVoid({ rules, authority, servedAtMs: atMs, nowMs, voidsToday });
  if (refusal !== null) return { result: 'refused', code: refusal };
  // A doubtful ledger says nothing about what was used: giving back on top of it could give twice.
  if (card.ledger.doubt !== null) return { result: 'refused', code: card.ledger.doubt };
  if (card.ledger.counted.record.sequence < ledgerSequence) return { result: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' };
  let intent: IntentStep;
  try {
    const { timeZone } = deps.trust.policy();
    const days = { today: card.snapshot.day, servedDay: deps.calendar(timeZone).dayOf(atMs) };
    const usage = applyVoid(card.ledger.counted.record, days, items);
    intent = ledgerIntent(deps, card, { tapId: voidTapId(tapId), items, cause: 'void', usage });
    await deps.journal.append([...doubtEntries(deps, card), { kind: 'step', step: intent }]);
  } catch (error) {
    return { result: 'refused', code: codeOf(error) };
  }
  const { store, credential, snapshot } = card;
  const { cardKey } = credential;
  return completeIntent(deps, { store, intent, versions: snapshot.versions, cardKey, supervisor: authority.operator });
}
