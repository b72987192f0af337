/**
 * A blocked card that was served. Each event says which hotlist its terminal had applied: where that list blocks the card, the terminal
 * is at fault; where it is an older one, the block had only not reached it yet, which is noted as exposure.
 */
import type { ServiceEvent } from '../documents.js';
import { terminalOf } from '../evidence.js';
import type { LedgerDocument } from '../families.js';
import type { Surroundings } from '../projections/projection.js';
import type { Finding, Verdicts } from './case.js';

/** Judges one service. */
export function judgeHotlisted(document: LedgerDocument, at: Surroundings): Verdicts {
  const { card, ledgerSequence, events, suffix } = document;
  const atFault: [string, ServiceEvent][] = [];
  const exposed: [string, ServiceEvent][] = [];
  for (const [id, event] of Object.entries(events)) {
    const { versions } = event;
    if (event.type !== 'redemption' || versions === null) continue;
    const listed = at.rules.isHotlistedIn(versions.hotlist, card);
    if (listed === null) at.missing('hotlist', versions.hotlist);
    const blocked = at.rules.blocked(card);
    if (listed === true) atFault.push([id, event]);
    else if (blocked !== null && versions.hotlist < blocked.version && event.time >= blocked.sinceS) {
      exposed.push([id, event]);
    }
  }
  const findings = new Map<string, Finding>();
  const subject = { card, ledgerSequence };
  if (atFault.length > 0) {
    const lists = [...new Set(atFault.map(([, event]) => event.versions?.hotlist))].join(', ');
    findings.set(`hotlisted:${card}:${ledgerSequence}${suffix}`, {
      kind: 'hotlisted',
      cause: 'terminal',
      reason: `${terminalsIn(atFault)} served card ${card} although the hotlist that it had applied (version ${lists}) blocks it. A terminal in order cannot do this.`,
      subject,
      events: atFault.map(([id]) => id),
      healed: null,
    });
  }
  if (exposed.length > 0) {
    const since = at.rules.blocked(card)?.version ?? 0;
    findings.set(`exposure:${card}:${ledgerSequence}${suffix}`, {
      kind: 'exposure',
      cause: 'card',
      reason: `Card ${card} was served at ${terminalsIn(exposed)} after it had been blocked with hotlist ${since}, which had not reached the terminal. The terminal did what it could.`,
      subject,
      events: exposed.map(([id]) => id),
      healed: null,
    });
  }
  return findings;
}

function terminalsIn(events: readonly [string, ServiceEvent][]): string {
  return [...new Set(events.map(([id]) => terminalOf(id)))].join(', ');
}
