/** The end of a demonstration: separate code counts what became of the day, and compares it with what the cards show. */
import { type AuditAccess, type AuditReport, auditCentre } from '../central/audit.js';
import { runCli } from '../process/cli.js';
import type { DemoCards } from './cards.js';
import type { DayLog } from './day.js';
import type { Desk } from './desk.js';
import type { DemoServers } from './servers.js';
import { compareServices, newestSequence, servicesOf } from './truth.js';

/** The report, as `--json` prints it. */
export interface DemoResult {
  readonly ok: boolean;
  readonly taps: number;
  /** Services that the cards themselves show. */
  readonly granted: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Taps by reader. */
  readonly readers: Readonly<Record<string, number>>;
  readonly transport: string;
  readonly centre: string;
  /** Events in the terminal's journal and at the centre. */
  readonly journalled: number;
  readonly central: number;
  /** Every body hash, chain and batch signature at the centre was recomputed and is right. */
  readonly chainVerified: boolean;
  /** Services that a card shows and the centre does not have. */
  readonly lost: number;
  /** Services that the centre has more than once, or that no card shows. */
  readonly duplicated: number;
  /** All MQTT bytes of the terminal, both ways, over the services. */
  readonly bytesPerEvent: number;
  readonly powerCuts: number;
  readonly tapsWithoutBroker: number;
  readonly seconds: number;
  /** What did not go as planned. */
  readonly surprises: readonly string[];
}

/** What the report is made from. */
export interface Reportable {
  readonly desk: Desk;
  readonly servers: DemoServers;
  readonly cards: DemoCards;
  readonly log: DayLog;
  /** What the centre held before the day began. */
  readonly before: AuditReport;
  readonly terminalConfig: string;
  readonly bytes: number;
  readonly tapsAway: number;
}

/** Where the auditor reads. */
export function accessOf({ settings }: DemoServers): AuditAccess {
  return { url: settings.couchUrl, username: settings.couchUsername, password: settings.couchPassword };
}

/** Audits centre and journal, reads the cards, and compares. */
export async function report({ desk, servers, cards, log, before, ...day }: Reportable): Promise<DemoResult> {
  const everyCard = [...cards.good, cards.bad['used-up'], cards.bad['older-image']];
  const truth = everyCard.flatMap(({ person, card, before: memory }) => servicesOf(person.serial, card, memory));
  const surprises = [...log.surprises];
  for (const { person, card } of cards.good) {
    // Two records are written at issue: the newest sequence says how often the card was served.
    const served = truth.filter((service) => service.card === person.serial).length;
    if (newestSequence(card) !== served + 1)
      surprises.push(`a card shows ${newestSequence(card) - 1} services, its log ${served}`);
  }
  const audit = sinceThen(before, await auditCentre(accessOf(servers)));
  const verified = JSON.parse(await runCli(['journal', 'verify', '--config', day.terminalConfig, '--json'])) as {
    ok: boolean;
    events: number;
  };
  const { lost, duplicated } = compareServices(truth, audit.services);
  const good = lost === 0 && duplicated === 0 && audit.chainVerified && verified.ok && verified.events === audit.events;
  return {
    ok: good && surprises.length === 0,
    taps: log.taps,
    granted: truth.length,
    refused: log.refused,
    readers: log.readers,
    transport: desk.transport,
    centre: servers.description,
    journalled: verified.events,
    central: audit.events,
    chainVerified: audit.chainVerified && verified.ok,
    lost,
    duplicated,
    bytesPerEvent: Math.round((day.bytes / Math.max(1, truth.length)) * 10) / 10,
    powerCuts: 1,
    tapsWithoutBroker: day.tapsAway,
    seconds: 0,
    surprises: [...surprises, ...audit.problems],
  };
}

/** What one day added to a centre that held something before. */
function sinceThen(
  before: AuditReport,
  now: AuditReport,
): Pick<AuditReport, 'events' | 'services' | 'problems' | 'chainVerified'> {
  const place = ({ terminal, epoch, seq }: AuditReport['services'][number]): string => `${terminal}:${epoch}:${seq}`;
  const known = new Set(before.services.map(place));
  const problems = now.problems.filter((problem) => !before.problems.includes(problem));
  return {
    events: now.events - before.events,
    services: now.services.filter((service) => !known.has(place(service))),
    problems,
    chainVerified: problems.length === 0 && now.gaps.length === before.gaps.length,
  };
}
