/** Posts that change the PINs of holders: the real journal and tap, and a real card with a code. */
import type { PinSecrets } from '../../agent/credential/personalise.js';
import { letterPin, siteSecret, unblockingCode } from '../../agent/credential/pin-codes.js';
import type { HolderPinEvent } from '../../agent/domain/holder-pin.js';
import type { Policy } from '../../agent/domain/policy.js';
import { forwards } from '../../agent/journal/books/read-events.js';
import type { TapDeps } from '../../agent/tap/examine.js';
import { createHealthTap } from '../../agent/tap/health-tap.js';
import { createPersonTap } from '../../agent/tap/person-tap.js';
import { createPinTap, type PinDeskState, type PinTap } from '../../agent/tap/pin-tap.js';
import { createTap } from '../../agent/tap/tap.js';
import { makeSmartCard, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import type { SimulatedType4 } from '../../simulators/cards/type4.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, firstPerson, ISSUER, openDesk, READS_AND_WRITES, type TestDesk, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';

/** The issuer's secret in these tests. */
export const PIN_SECRET = new Uint8Array(32).fill(0x51);

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
/** Home site of the people of these tests. */
export const PIN_SITE = 17;
const HOLDER = { dateOfBirth: null, id: '' };

/** The first person's smart card as the desk hands it out; its holder has no PIN yet, or one of a letter. */
export function pinCard(how: 'no-pin' | 'letter' | 'without-code' | 'older' = 'no-pin'): Promise<SimulatedType4> {
  const secret = siteSecret(PIN_SECRET, PIN_SITE);
  const secrets = (owner: { readonly card: number; readonly cardKey: Uint8Array }): PinSecrets => ({
    code: unblockingCode(secret, owner),
    transportPin: how === 'letter' ? letterPin(secret, owner, HOLDER) : null,
  });
  if (how === 'older') return makeSmartCard(order, { algorithm: 'EdDSA', pin: '4711', version: 1 });
  return makeSmartCard(order, { algorithm: 'EdDSA', pin: null, ...(how === 'without-code' ? {} : { secrets }) });
}

/** A post. */
export interface PinDesk extends Omit<TestDesk, 'tap' | 'lay'> {
  tap: PinTap;
  lay(card: SimulatedCard): Promise<PinDeskState>;
  /** Lays the card down and asks for its PIN. */
  ask(card: SimulatedCard): Promise<PinDeskState>;
  /** What a command comes to, given the id of the state that is there. */
  with(command: (tap: PinTap, tapId: string) => Promise<void> | void): Promise<PinDeskState>;
  /** Events of PINs, oldest first, without what differs at each run. */
  told(): Promise<readonly Omit<HolderPinEvent, 'type' | 'time' | 'id'>[]>;
  /** As after a start of the process, or after the power was cut. */
  restart(after: 'stop' | 'cut'): Promise<void>;
}

/** Opens one. `secrets`: of the home sites that it unblocks. */
export async function pinDesk(
  options: { readonly unblocks?: boolean; readonly policy?: Partial<Policy>; readonly changesPins?: boolean } = {},
): Promise<PinDesk> {
  const { unblocks = true, policy = {}, changesPins = true } = options;
  const own = await openDesk({ trust: testTrust(policy) });
  const secrets = new Map(unblocks ? [[PIN_SITE, siteSecret(PIN_SECRET, PIN_SITE)]] : []);
  const tapOf = (): PinTap => {
    const deps: TapDeps = { ...own.deps, operator: () => 4, ...(changesPins ? { holderPins: { secrets } } : {}) };
    const persons = createPersonTap(createTap(deps), deps, {
      inForce: () => null,
      numbered: () => null,
      ledger: () => null,
    });
    return createPinTap(createHealthTap(persons, deps), deps);
  };
  const desk: PinDesk = Object.assign(own, {
    tap: tapOf(),
    lay: async (card: SimulatedCard) => {
      desk.tap.removed();
      await desk.tap.present(presentedCard(card), READS_AND_WRITES);
      return desk.tap.state();
    },
    ask: async (card: SimulatedCard) => {
      await desk.lay(card);
      return desk.with((tap, tapId) => tap.openPin(tapId));
    },
    with: async (command: (tap: PinTap, tapId: string) => Promise<void> | void) => {
      const state = desk.tap.state();
      await command(desk.tap, 'tapId' in state ? state.tapId : '');
      return desk.tap.state();
    },
    told: async () => {
      const events = [];
      for await (const { bytes } of forwards(own.journal)) {
        const event = decodeEvent(bytes);
        if (event.type !== 'holder-pin') continue;
        const { type: _type, time: _time, id: _id, ...rest } = event;
        events.push(rest);
      }
      return events;
    },
    restart: async (after: 'stop' | 'cut') => {
      if (after === 'stop') await own.journal.close();
      await own.start();
      desk.tap = tapOf();
    },
  });
  desk.tap = tapOf();
  return desk;
}
