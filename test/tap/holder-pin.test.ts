/** The holder's PIN at a tap: asked of the real applet simulator, where the policy's rule wants a proof; cut between the check and the write. */
import { describe, expect, it } from 'vitest';
import type { Programme } from '../../agent/domain/policy.js';
import type { TapState } from '../../agent/tap/tap.js';
import type { SimulatedCard } from '../../simulators/cards/media.js';
import { makeSmartCard } from '../../simulators/cards/media.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, firstPerson, ISSUER, openDesk, POLICY, type TestDesk, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';

const PIN = '4711';
const FROM = 3;

async function desk(accepts: NonNullable<Programme['secondFactor']>['accepts'] = ['pin']): Promise<TestDesk> {
  const [bread] = POLICY.programmes;
  if (bread === undefined) throw new Error('the policy has bread');
  return openDesk({ trust: testTrust({ programmes: [{ ...bread, secondFactor: { fromUnits: FROM, accepts } }] }) });
}

function card(pin: string | null): Promise<SimulatedCard> {
  const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
  return makeSmartCard(order, { algorithm: 'EdDSA', pin });
}

async function offered(at: TestDesk, of: SimulatedCard): Promise<Extract<TapState, { readonly name: 'offer' }>> {
  const state = await at.lay(of);
  if (state.name !== 'offer') throw new Error(JSON.stringify([state.name, 'code' in state ? state.code : '']));
  return state;
}

async function say(at: TestDesk, tapId: string, pin: string) {
  await at.tap.claim(tapId, {}, pin);
  const state = at.tap.state();
  if (state.name !== 'offer') throw new Error(state.name);
  return state;
}

async function servedOf({ journal }: TestDesk) {
  const events = [];
  for (const { name } of journal.epochs())
    for (const { bytes } of await journal.readEvents(name, 1, { countMax: 1_000, bytesMax: 1_000_000 }))
      events.push(decodeEvent(bytes));
  return events.filter(({ type }) => type === 'redemption');
}

describe('the PIN of a card', () => {
  it('is asked for from the quantity of the rule on, and told in the event', async () => {
    const at = await desk();
    const of = await card(PIN);
    await offered(at, of);
    expect(await at.take(FROM)).toMatchObject({ name: 'refused', code: 'ERR_FACTOR_NEEDED' });
    const { tapId } = await offered(at, of);
    expect((await say(at, tapId, PIN)).claimed).toMatchObject({ code: null, claims: { factors: ['pin'] } });
    expect(await at.take(FROM)).toMatchObject({ name: 'granted' });
    expect(await servedOf(at)).toMatchObject([{ details: { factor: 'pin' } }]);
  });

  it('is not needed below that, and stays proven when something else is claimed', async () => {
    const at = await desk(['pin', 'id-document']);
    const of = await card(PIN);
    const { tapId } = await offered(at, of);
    await say(at, tapId, PIN);
    await at.tap.claim(tapId, { factors: ['id-document'] });
    expect(at.tap.state()).toMatchObject({ claimed: { claims: { factors: ['pin', 'id-document'] } } });
    await at.tap.claim(tapId, {});
    expect(at.tap.state()).toMatchObject({ claimed: { claims: { factors: ['pin'] } } });
    const plain = await desk();
    await offered(plain, await card(null));
    expect(await plain.take(FROM - 1)).toMatchObject({ name: 'granted' });
  });

  it('is counted by the card: tells the tries that are left, and is blocked after the last, also at the next tap', async () => {
    const at = await desk();
    const of = await card(PIN);
    const { tapId } = await offered(at, of);
    expect(await say(at, tapId, '0000')).toMatchObject({ pin: { triesLeft: 2 }, claimed: { code: 'ERR_HOLDER_PIN' } });
    expect(await say(at, tapId, '0001')).toMatchObject({ pin: { triesLeft: 1 } });
    expect(await say(at, tapId, '0002')).toMatchObject({ claimed: { code: 'ERR_HOLDER_PIN_BLOCKED' } });
    at.tap.removed();
    const again = await offered(at, of);
    expect(await say(at, again.tapId, PIN)).toMatchObject({ claimed: { code: 'ERR_HOLDER_PIN_BLOCKED', claims: {} } });
    expect(await at.take(FROM)).toMatchObject({ name: 'refused', code: 'ERR_FACTOR_NEEDED' });
    expect(await servedOf(at)).toEqual([]);
  });

  it('is no proof any more once a wrong one followed, and none that a clerk could claim', async () => {
    const at = await desk();
    const of = await card(PIN);
    const { tapId } = await offered(at, of);
    await say(at, tapId, PIN);
    expect((await say(at, tapId, '9999')).claimed.claims).toEqual({});
    await at.tap.claim(tapId, { factors: ['pin'] });
    expect(at.tap.state()).toMatchObject({ claimed: { claims: {} } });
    expect(await at.take(FROM)).toMatchObject({ name: 'refused', code: 'ERR_FACTOR_NEEDED' });
  });

  it('grants nothing after a power cut between the check and the write: the holder is asked again', async () => {
    const at = await desk();
    const of = await card(PIN);
    const { tapId } = await offered(at, of);
    await say(at, tapId, PIN);
    at.disk.plan = ({ operation }) => (operation === 'read' ? 'go' : 'cut');
    const cut = await at.take(FROM);
    expect(cut.name).not.toBe('granted');
    at.disk.plan = () => 'go';
    of.powerOff();
    await at.start();
    expect(at.journal.state().openIntents.size).toBe(0);
    expect(await servedOf(at)).toEqual([]);
    const again = await offered(at, of);
    expect(again.claimed.claims).toEqual({});
    expect(await at.take(FROM)).toMatchObject({ name: 'refused', code: 'ERR_FACTOR_NEEDED' });
    const { tapId: third } = await offered(at, of);
    await say(at, third, PIN);
    expect(await at.take(FROM)).toMatchObject({ name: 'granted' });
    expect(await servedOf(at)).toHaveLength(1);
  });

  it('is no answer of a card that has none', async () => {
    const at = await desk();
    const state = await offered(at, await card(null));
    expect(state.pin).toBeUndefined();
    expect((await say(at, state.tapId, PIN)).claimed).toMatchObject({ code: 'ERR_FACTOR_NEEDED', claims: {} });
  });
});
