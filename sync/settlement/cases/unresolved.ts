/**
 * A tap of which nobody knows whether the card was debited, and a record on a card that nobody told of. One case for each terminal that reported it.
 *
 * What heals an interrupted tap with number n:
 * - its terminal tells of the service n with the same goods: it was finished;
 * - any other service n of the card: the record of this tap never took hold, else the next one would have had a higher number;
 * - a terminal found the slot of n destroyed: the same.
 * - an interrupted void is finished in the same ways, by the void with its number.
 * A service n + 1 heals nothing: it shows that n stood on the card, so the holder was debited, and not that the goods were handed over.
 */
import type { ServiceDocument, ServiceEvent } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import { type LedgerDocument, ledgerWords } from '../families.js';
import type { Finding, Healing } from './case.js';

interface Report {
  readonly id: string;
  readonly event: ServiceEvent;
}

/** Judges one service. */
export function judgeUnresolved(document: LedgerDocument): Map<string, Finding> {
  const reports = Object.entries(document.events).map(([id, event]): Report => ({ id, event }));
  const unresolved = reports.filter(({ event }) => event.type === 'unresolved');
  const findings = new Map<string, Finding>();
  for (const terminal of new Set(unresolved.map(({ id }) => terminalOf(id)))) {
    const own = unresolved.filter(({ id }) => terminalOf(id) === terminal);
    const ledgers = own.filter(isOfLedger);
    const taps = own.filter((one) => !isOfLedger(one));
    const at = { document, terminal, reports };
    const id = `unresolved:${document.card}:${document.ledgerSequence}${document.suffix}:${terminal}`;
    if (taps.length > 0) findings.set(id, tapFinding(taps, at));
    if (ledgers.length > 0) findings.set(`${id}:ledger`, ledgerFinding(ledgers, at));
  }
  return findings;
}

/** Whether it tells of a record that was found on a card, and not of a tap. A tap that names no goods was to take some back. */
function isOfLedger({ event }: Report): boolean {
  return event.items.length === 0 && /^ERR_(LEDGER|ENDORSEMENT)_/.test(event.reason ?? '');
}

interface At {
  readonly document: LedgerDocument;
  readonly terminal: string;
  readonly reports: readonly Report[];
}

function tapFinding(taps: readonly Report[], at: At): Finding {
  const { card, ledgerSequence } = at.document;
  return {
    kind: 'unresolved',
    cause: 'terminal',
    reason: `A tap of card ${card} at ${at.terminal} was interrupted while number ${ledgerSequence}${ledgerOf(at)} was written to it. ${fearOf(taps)}`,
    subject: { card, ledgerSequence, programme: taps[0]?.event.programme, terminal: at.terminal },
    events: taps.map(({ id }) => id),
    healed: tapHealing(taps, at),
  };
}

function fearOf(taps: readonly Report[]): string {
  return taps.some(({ event }) => event.items.length > 0)
    ? 'The holder may have been debited without getting anything.'
    : 'A service was to be taken back: the holder may not have got the quota back.';
}

function tapHealing(taps: readonly Report[], at: At): Healing | null {
  const { document, terminal, reports } = at;
  const services = reports.filter((one) => isRecordOf(document, one));
  const goods = new Set(taps.map(({ event }) => contentOf(terminal, [event.programme, event.items])));
  const finished = services.filter(
    ({ id, event }) =>
      terminalOf(id) === terminal &&
      goods.has(contentOf(terminal, [event.programme, event.type === 'void' ? [] : event.items])),
  );
  if (finished.length > 0) {
    const isVoid = finished.some(({ event }) => event.type === 'void');
    const what = isVoid ? 'and the holder has the quota back.' : 'and the holder was served.';
    return { what: `The same terminal finished the tap, ${what}`, events: idsOf(finished) };
  }
  if (services.length > 0) {
    const by = [...new Set(services.map(({ id }) => terminalOf(id)))].join(', ');
    const what = `The card was served, or had a service taken back, under number ${document.ledgerSequence} at ${by} instead: the interrupted tap never took hold.`;
    return { what, events: idsOf(services) };
  }
  const destroyed = reports.filter(({ event }) => event.reason === 'ERR_LEDGER_DAMAGED' && event.items.length === 0);
  if (destroyed.length === 0) return null;
  return {
    what: 'A terminal found the half-written record on the card: the interrupted tap never took hold.',
    events: idsOf(destroyed),
  };
}

/** Whether an event says that a record of this number was written. */
function isRecordOf({ ledgerSequence }: ServiceDocument, { event }: Report): boolean {
  return event.type !== 'unresolved' && event.ledgerSequence === ledgerSequence;
}

function ledgerFinding(ledgers: readonly Report[], at: At): Finding {
  const { card, ledgerSequence } = at.document;
  const destroyed = ledgers.some(({ event }) => event.reason === 'ERR_LEDGER_DAMAGED');
  const found = destroyed
    ? `found record ${ledgerSequence} of card ${card}${ledgerOf(at)} destroyed`
    : `found on card ${card}${ledgerOf(at)} a record ${ledgerSequence} of a terminal that it does not trust`;
  const explained = at.reports.filter(
    (one) => isRecordOf(at.document, one) || (one.event.type === 'unresolved' && !isOfLedger(one)),
  );
  const what = destroyed
    ? 'The terminal that wrote this record told of it.'
    : 'An enrolled terminal told of the record: only its certificate had not arrived everywhere.';
  return {
    kind: 'unresolved',
    cause: 'card',
    reason: `${at.terminal} ${found}, and served it within the limit for such cards. No terminal has told of writing that record.`,
    subject: { card, ledgerSequence, programme: ledgers[0]?.event.programme, terminal: at.terminal },
    events: idsOf(ledgers),
    healed: explained.length === 0 ? null : { what, events: idsOf(explained) },
  };
}

/** Named where it is not that of the rations. */
function ledgerOf({ document }: At): string {
  return document.suffix === '' ? '' : `, in ${ledgerWords(document)},`;
}

function idsOf(reports: readonly Report[]): string[] {
  return reports.map(({ id }) => id);
}
