/** Desks that open health records: the real journal and tap, a real card, and a doctor, a laboratory or a shop in front of it. */

import type { WaslEvent } from '../../agent/domain/event.js';
import type { HealthKind, HealthRecord, HealthRecordRules } from '../../agent/domain/health-record.js';
import type { HealthKeys } from '../../agent/health/keys.js';
import { forwards } from '../../agent/journal/books/read-events.js';
import type { TapDeps } from '../../agent/tap/examine.js';
import { reportHealthRecords } from '../../agent/tap/health-card.js';
import { createHealthTap, type HealthDeskState, type HealthTap } from '../../agent/tap/health-tap.js';
import { createPersonTap } from '../../agent/tap/person-tap.js';
import { UNKNOWN_DESK } from '../../agent/tap/snapshot.js';
import { createTap } from '../../agent/tap/tap.js';
import { makeSmartCard, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import type { SimulatedType4 } from '../../simulators/cards/type4.js';
import type { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, firstPerson, ISSUER, openDesk, READS_AND_WRITES, type TestDesk, testTrust } from '../support/desk.js';
import { NOW, signerOf } from '../support/people.js';
import { KEYS, RULES, siteOf, vaultOf } from './samples.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };

/** The first person's smart card, with room for health records. */
export const healthCard = (): Promise<SimulatedType4> => makeSmartCard(order);

/** Who stands at a desk, and what it has been given. */
export interface HealthDeskOptions {
  /** 11 the unit, 12 the laboratory. */
  readonly terminal?: 11 | 12;
  readonly role?: string;
  readonly keys?: HealthKeys | null;
  readonly rules?: HealthRecordRules;
  readonly accredited?: boolean;
  readonly disk?: MemoryDisk;
}

/** A desk that opens health records. */
export interface HealthDesk extends Omit<TestDesk, 'tap' | 'lay'> {
  tap: HealthTap;
  lay(card: SimulatedCard): Promise<HealthDeskState>;
  /** Opens the records of the card that lies there. */
  open(): Promise<HealthDeskState>;
  add(kind: HealthKind, text: string, answers?: Uint8Array): Promise<HealthDeskState>;
  /** Events of health records and refusals, oldest first. */
  told(): Promise<readonly WaslEvent[]>;
  /** As after a start of the process, or after the power was cut. */
  restart(after?: 'stop' | 'cut'): Promise<void>;
}

/** Opens such a desk. */
export async function healthDesk(options: HealthDeskOptions = {}): Promise<HealthDesk> {
  const { terminal = 11, role = 'doctor', keys = KEYS, rules = RULES, accredited = true, disk } = options;
  const own = await openDesk({
    terminal: terminal === 11 ? 0 : 1,
    trust: testTrust({ healthRecords: rules }),
    ...(disk === undefined ? {} : { disk }),
  });
  const site = siteOf(`unit-${terminal - 10}`);
  const tapOf = (): HealthTap => {
    const deps: TapDeps = {
      ...own.deps,
      operator: () => 4,
      desk: {
        ...UNKNOWN_DESK,
        site: () => ({ number: terminal, name: site?.site ?? '', kind: site?.kind ?? '', area: '', accredited }),
        operatorRole: role,
      },
      health: vaultOf(keys, signerOf(terminal)),
    };
    return createHealthTap(
      createPersonTap(createTap(deps), deps, { inForce: () => null, numbered: () => null, ledger: () => null }),
      deps,
    );
  };
  const desk: HealthDesk = Object.assign(own, {
    tap: tapOf(),
    lay: async (card: SimulatedCard) => {
      desk.tap.removed();
      await desk.tap.present(presentedCard(card), READS_AND_WRITES);
      return desk.tap.state();
    },
    open: async () => {
      const state = desk.tap.state();
      await desk.tap.openRecords('tapId' in state ? state.tapId : '', 'treatment');
      return desk.tap.state();
    },
    add: async (kind: HealthKind, text: string, answers: Uint8Array | null = null) => {
      const state = desk.tap.state();
      await desk.tap.addRecord('tapId' in state ? state.tapId : '', { kind, text, answers });
      return desk.tap.state();
    },
    told: async () => {
      const events: WaslEvent[] = [];
      for await (const { bytes } of forwards(own.journal)) events.push(decodeEvent(bytes));
      return events.filter(({ type }) => type.startsWith('health') || type === 'refusal');
    },
    restart: async (after = 'stop') => {
      if (after === 'stop') await own.journal.close();
      await own.start();
      await reportHealthRecords(own.deps);
      desk.tap = tapOf();
    },
  });
  // `start` of the desk below puts its own tap there.
  desk.tap = tapOf();
  return desk;
}

/** The records that a state shows. */
export function shownIn(state: HealthDeskState): readonly HealthRecord[] {
  if (state.name !== 'health') throw new Error(`no records are shown, but ${state.name}`);
  return state.records;
}
