/** What a service leaves in the journal of slips that it writes or uses: recorded in one frame with its event. */
import { issueSlip } from '../credential/slip.js';
import type { ServiceEffects } from '../domain/service-effects.js';
import type { SlipSubject } from '../domain/slip.js';
import type { JournalEntry } from '../journal/journal.js';
import type { TapDeps } from './examine.js';
import { UNKNOWN_DESK } from './snapshot.js';

/** The service whose slips are recorded. */
export interface SlipService {
  readonly tapId: string;
  readonly atMs: number;
  readonly programme: number;
  readonly subject: SlipSubject;
  readonly effects: ServiceEffects;
}

/** Entries of the slip that a service writes and of those that it uses; none for one that has nothing to do with slips. Throws `ERR_SLIP_FORMAT`. */
export function slipEntriesOf(deps: TapDeps, service: SlipService): JournalEntry[] {
  const { tapId, atMs, effects } = service;
  const written =
    effects.isOnSlip === true ? [{ step: 'written', tapId, atMs, text: textOf(deps, service) } as const] : [];
  const used = useOf(effects, atMs).map((use) => ({ step: 'used', ...use }) as const);
  return [...written, ...used].map((slip) => ({ kind: 'slip', slip }));
}

/** Entries that give back what a service used of slips. */
export function slipsBack(effects: ServiceEffects, atMs: number): JournalEntry[] {
  return useOf(effects, atMs).map(({ untilDay: _, ...use }) => ({ kind: 'slip', slip: { step: 'back', ...use } }));
}

function useOf({ used }: ServiceEffects, atMs: number) {
  return used.flatMap(({ slip, units, before }) => {
    const { commodity, untilDay } = before;
    return slip === undefined ? [] : [{ slip: slip.id, commodity, units, atMs, untilDay }];
  });
}

function textOf(deps: TapDeps, { tapId, atMs, programme, subject, effects }: SlipService): string {
  const { desk = UNKNOWN_DESK } = deps;
  const papers = effects.written.map(({ kind, commodity, left, untilDay, site }) => ({
    ...{ kind, commodity, units: left, untilDay, site },
  }));
  const issuedAt = Math.floor(atMs / 1000);
  return issueSlip({ id: tapId, programme, subject, papers, site: desk.site().number, issuedAt }, deps.signer);
}
