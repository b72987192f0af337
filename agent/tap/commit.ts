/** What a finished tap leaves in the journal: the commit of its intent together with its event. */
import type { LedgerStore } from '../../drivers/medium.js';
import { hashOf, LABELS } from '../credential/hash.js';
import type { CardKey } from '../domain/credential.js';
import type { DecisionVersions, ServiceDetails, WaslEvent } from '../domain/event.js';
import type { IntentStep, JournalEntry, ServiceStep, UndispensedGrant } from '../journal/journal.js';
import type { PaperUsed, ServiceGrant } from '../services/service.js';
import type { TapDeps } from './examine.js';
import { paidEntries, returnEntries } from './payment-entries.js';
import { slipEntriesOf, slipsBack } from './slip-record.js';
import { doesMore } from './snapshot.js';

/** A durable intent, and what it takes to carry it out. */
export interface CompletedIntent {
  readonly store: LedgerStore;
  readonly intent: IntentStep;
  readonly versions: DecisionVersions;
  /** Key of the card, where it has one: then the grant waits for its proof. */
  readonly cardKey: CardKey | undefined;
}

/** What is recorded when the card holds the record of a service. */
export function redemptionEntries(deps: TapDeps, { intent, versions }: CompletedIntent, atMs: number): JournalEntry[] {
  const { tapId, card, ledgerSequence, programme, items, service } = intent;
  const event: WaslEvent = {
    type: 'redemption',
    time: Math.floor(atMs / 1000),
    card,
    ledgerSequence,
    programme,
    items,
    versions,
    operator: deps.operator(),
    ...detailsOf(service, tapId),
  };
  const slips =
    service === undefined
      ? []
      : slipEntriesOf(deps, { tapId, atMs, programme, subject: { card }, effects: service.effects });
  return [
    ...paidEntries(deps.journal.state(), tapId, { atMs, operator: deps.operator() }),
    { kind: 'step', step: { step: 'commit', tapId, atMs } },
    ...slips,
    { kind: 'event', event },
  ];
}

/** What is recorded of a service that was tried out: what it would have done. */
export function trialEntries(
  deps: TapDeps,
  { card, grant }: { readonly card: number; readonly grant: ServiceGrant },
  atMs: number,
): JournalEntry[] {
  const { programme, items, versions, effects, exemption, supervisor, factor, representative, paidFrom } = grant;
  const proof = {
    ...(paidFrom === undefined ? {} : { paidFrom }),
    ...(factor === undefined ? {} : { factor }),
    ...(representative === undefined ? {} : { representative }),
  };
  const { details = NO_DETAILS } = detailsOf({ effects, exemption, supervisor, ...proof });
  const event: WaslEvent = {
    ...{ type: 'redemption', time: Math.floor(atMs / 1000), card, ledgerSequence: 0, programme, items, versions },
    operator: deps.operator(),
    details: { ...details, isTrial: true },
  };
  return [{ kind: 'event', event }];
}

/** Of a service that did nothing that its items do not say. */
export const NO_DETAILS: ServiceDetails = {
  ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
  ...{ exemption: 0, supervisor: 0, isTrial: false },
};

/** The details of an event; none where the service did nothing that its items do not say. `tapId`: of the service, which names the slip that it writes; absent for one that writes none. */
export function detailsOf(service: ServiceStep | undefined, tapId?: string): { readonly details?: ServiceDetails } {
  if (service === undefined || !doesMore(service)) return {};
  const { effects, exemption, supervisor, factor, representative, remindDays, paidFrom } = service;
  const { balances, used, written, charge } = effects;
  return {
    details: {
      balances: balances.map(({ account, value }) => ({ account, value })),
      used: used.filter(({ slip }) => slip === undefined).map(({ paper, units }) => ({ paper, units })),
      ...{ written, charge, exemption, supervisor, isTrial: false },
      ...(factor === undefined ? {} : { factor }),
      ...(representative === undefined ? {} : { representative }),
      ...(remindDays === undefined ? {} : { isReminded: true }),
      ...(effects.isOnSlip === true && tapId !== undefined ? { slip: tapId } : {}),
      ...slipsOf(used),
      ...(paidFrom === undefined ? {} : { isFromPurse: true }),
    },
  };
}

/** What was used of slips, as events say it; nothing for none. */
export function slipsOf(used: readonly PaperUsed[]): Pick<ServiceDetails, 'slips'> {
  const slips = used.flatMap(({ slip, units, before }) =>
    slip === undefined ? [] : [{ slip: slip.id, commodity: before.commodity, units, of: slip.of }],
  );
  return slips.length === 0 ? {} : { slips };
}

/** The tap that takes back the one with this id. It follows from it, so that a restart knows which service an interrupted void was about. */
export function voidTapId(tapId: string): string {
  return Buffer.from(hashOf(LABELS.voidTap, tapId).subarray(0, 8)).toString('hex');
}

/** What is recorded when the card has its quota back: the void's commit with its event, and that neither tap has anything to hand over. */
export function voidEntries(deps: TapDeps, done: CompletedIntent, atMs: number): JournalEntry[] {
  const { tapId, card, ledgerSequence, programme, items, takesBack } = done.intent;
  const grant = grantTakenBack(deps, tapId);
  const event: WaslEvent = {
    type: 'void',
    time: Math.floor(atMs / 1000),
    card,
    ledgerSequence,
    voided: takesBack?.ledgerSequence ?? 0,
    programme,
    items,
    versions: done.versions,
    operator: deps.operator(),
    supervisor: takesBack?.supervisor ?? 0,
    ...slipsOf(grant?.intent.service?.effects.used ?? []),
  };
  const over = [tapId, ...(grant === null ? [] : [grant.intent.tapId])];
  const at = { atMs, operator: deps.operator() };
  const service = grant?.intent.service;
  return [
    ...(service === undefined ? [] : slipsBack(service.effects, atMs)),
    ...(grant === null ? [] : returnEntries(deps.journal.state(), grant.intent.tapId, at)),
    { kind: 'step', step: { step: 'commit', tapId, atMs } },
    { kind: 'event', event },
    ...over.map((one): JournalEntry => ({ kind: 'step', step: { step: 'dispensed', tapId: one, atMs } })),
  ];
}

/** The grant that the void with this id takes back; null when it is no longer known as not handed over. */
export function grantTakenBack(deps: Pick<TapDeps, 'journal'>, voidId: string): UndispensedGrant | null {
  for (const grant of deps.journal.state().undispensed.values()) {
    if (voidTapId(grant.intent.tapId) === voidId) return grant;
  }
  return null;
}

/** Whether what was served at this tap waits to be handed over, and is not being taken back on its card. */
export function awaitsHandover(deps: Pick<TapDeps, 'journal'>, tapId: string): boolean {
  const { undispensed, openIntents, slips } = deps.journal.state();
  const isVoiding = openIntents.size > 0 && openIntents.has(voidTapId(tapId));
  return !isVoiding && (undispensed.has(tapId) || slips.kept.get(tapId)?.isHandedOver === false);
}
