/** Health records at a desk: who opens and adds which, what is recorded before, and what a tear or a start leaves. */
import { describe, expect, it } from 'vitest';
import { HEALTH_RECORDS_MAX } from '../../agent/domain/health-record.js';
import { openCopy } from '../../agent/health/copy.js';
import { makeSmartCard } from '../../simulators/cards/media.js';
import { SimulatedType4 } from '../../simulators/cards/type4.js';
import { healthCard, healthDesk, shownIn } from '../health/bench.js';
import { AUTHORITY, EPOCH_ONE, KEYS, KEYS_TWO, RULES } from '../health/samples.js';
import { DAY, firstPerson, freshCard, ISSUER } from '../support/desk.js';
import { NOW } from '../support/people.js';

const { serial } = firstPerson();
const SUGAR = 'تحليل سكر تراكمي HbA1c';
const RESULT = 'HbA1c 7.2 %';

describe('the records of a card', () => {
  it('are asked for by the doctor, answered by the laboratory, and read by the doctor again', async () => {
    const card = await healthCard();
    const [unit, laboratory] = [await healthDesk(), await healthDesk({ terminal: 12, role: 'laboratory' })];
    await unit.lay(card);
    expect(await unit.open()).toMatchObject({ name: 'health', records: [], unreadable: 0 });
    expect(await unit.add('laboratory-request', SUGAR)).toMatchObject({ name: 'health', added: 'laboratory-request' });
    await laboratory.lay(card);
    const [request] = shownIn(await laboratory.open());
    expect(request).toMatchObject({ kind: 'laboratory-request', text: SUGAR, role: 'doctor', site: 11, day: DAY });
    await laboratory.add('laboratory-result', RESULT, request?.id);
    await unit.lay(card);
    const [result, before] = shownIn(await unit.open());
    expect(result).toMatchObject({ text: RESULT, role: 'laboratory', answers: request?.id, isConfirmed: true });
    expect(before).toMatchObject({ text: SUGAR, isConfirmed: true });
    expect([...unit.faults, ...laboratory.faults]).toEqual([]);
  });

  it('are shown after the event that says who opened how many, and why', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'ربو منذ الطفولة');
    await unit.lay(card);
    await unit.open();
    const opened = { type: 'health-opened', card: serial, operator: 4, role: 'doctor', reason: 'treatment' };
    expect(await unit.told()).toMatchObject([
      { ...opened, count: 0 },
      { type: 'health-added', card: serial, kind: 'history', day: DAY, site: 11, isOnCard: true },
      { ...opened, count: 1 },
    ]);
  });

  it('are not shown where the event cannot be recorded', async () => {
    const unit = await healthDesk();
    await unit.lay(await healthCard());
    await unit.journal.close();
    expect(await unit.open()).toMatchObject({ name: 'health-refused' });
  });

  it('show a role the kinds that it may read, and no others', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'سكري');
    await unit.add('laboratory-request', SUGAR);
    await unit.add('allergy', 'بنسلين');
    const laboratory = await healthDesk({ terminal: 12, role: 'laboratory' });
    await laboratory.lay(card);
    expect(shownIn(await laboratory.open()).map(({ kind }) => kind)).toEqual(['allergy', 'laboratory-request']);
  });

  it.each([
    ['another role', { role: 'clerk' }, 'ERR_HEALTH_ROLE'],
    ['nobody', { role: '' }, 'ERR_HEALTH_ROLE'],
    ['a site that is not accredited', { accredited: false }, 'ERR_HEALTH_SITE'],
    ['a kind of site that has no rule', { rules: { ...RULES, rules: RULES.rules.slice(1) } }, 'ERR_HEALTH_SITE'],
    ['a terminal without a key', { keys: null }, 'ERR_HEALTH_KEY'],
  ] as const)('are refused to %s, and the centre hears of it', async (_who, options, code) => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'سكري');
    const other = await healthDesk(options);
    await other.lay(card);
    expect(other.tap.canOpenRecords()).toBe(false);
    const refused = await other.open();
    expect(refused).toMatchObject({ name: 'health-refused', code });
    expect(JSON.stringify(refused)).not.toContain('سكري');
    expect(await other.told()).toMatchObject([{ type: 'refusal', reason: code, card: serial }]);
  });

  it('are refused on a tag, and on a smart card without room', async () => {
    const unit = await healthDesk();
    const { healthRecords: _none, ...kept } = (await healthCard()).toJSON();
    for (const card of [await freshCard(), SimulatedType4.fromJSON(kept)]) {
      await unit.lay(card);
      expect(await unit.open()).toMatchObject({ name: 'health-refused', code: 'ERR_HEALTH_ROOM' });
      await unit.tap.dismiss(unit.tap.state().name === 'health-refused' ? tapIdOf(unit.tap.state()) : '');
      expect(unit.tap.state().name).toBe('offer');
    }
  });

  it('are refused of a copy that cannot prove itself', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'سكري');
    await unit.lay(card.emulation(new Uint8Array(32).fill(8)));
    expect(await unit.open()).toMatchObject({ name: 'health-refused', code: 'ERR_CARD_PROOF' });
  });

  it('are gone from the screen when the card is', async () => {
    const unit = await healthDesk();
    await unit.lay(await healthCard());
    const shown = await unit.open();
    unit.tap.removed();
    expect(unit.tap.state()).toEqual({ name: 'idle' });
    await expect(
      unit.tap.addRecord(tapIdOf(shown), { kind: 'history', text: 'x', answers: null }),
    ).rejects.toMatchObject({
      code: 'ERR_TAP_STATE',
    });
  });

  it('leave the offer below as it was', async () => {
    const unit = await healthDesk();
    const offered = await unit.lay(await healthCard());
    await unit.open();
    const tapId = tapIdOf(offered);
    await expect(unit.tap.confirm(tapId, [{ commodity: 1, quantity: 2 }])).rejects.toMatchObject({
      code: 'ERR_TAP_STATE',
    });
    await unit.tap.cancel(tapIdOf(unit.tap.state()));
    expect(unit.tap.state()).toEqual(offered);
    await unit.tap.confirm(tapId, [{ commodity: 1, quantity: 2 }]);
    expect(unit.tap.state()).toMatchObject({ name: 'granted' });
    expect(unit.faults).toEqual([]);
  });
});

describe('adding a record', () => {
  it('of a kind that is not the role’s is refused, and the card stays as it was', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    expect(await unit.add('laboratory-result', RESULT)).toMatchObject({ name: 'health', code: 'ERR_HEALTH_ROLE' });
    expect(await unit.add('history', 'x'.repeat(113))).toMatchObject({ name: 'health', code: 'ERR_HEALTH_ROOM' });
    expect(card.healthRecords).toMatchObject({ counter: 0 });
    expect(unit.journal.state().healthRecords.size).toBe(0);
  });

  it('to another card than the one that was opened is refused, and neither has it', async () => {
    const [card, other] = [
      await healthCard(),
      await makeSmartCard({ ...order, person: { ...firstPerson(), serial: 9 } }),
    ];
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    const { transmit } = card;
    // The reader did not notice that they were changed.
    card.transmit = other.transmit.bind(other);
    other.powerCycle();
    expect(await unit.add('history', 'سكري')).toMatchObject({ name: 'health', code: 'ERR_CARD_CHANGED' });
    card.transmit = transmit;
    expect([card.healthRecords?.counter, other.healthRecords?.counter]).toEqual([0, 0]);
    expect(unit.journal.state().healthRecords.size).toBe(0);
  });

  it('leaves the centre a copy that opens for the health authority alone', async () => {
    const unit = await healthDesk();
    await unit.lay(await healthCard());
    await unit.open();
    await unit.add('prescription', 'ميتفورمين ٥٠٠ مرتين يوميًّا');
    const added = (await unit.told()).find((event) => event.type === 'health-added');
    if (added?.type !== 'health-added') throw new Error('nothing was told');
    expect(openCopy(added.body, [AUTHORITY])).toMatchObject({
      card: serial,
      content: { text: 'ميتفورمين ٥٠٠ مرتين يوميًّا', kind: 'prescription', role: 'doctor' },
    });
    expect(openCopy(added.body, [EPOCH_ONE.key])).toBeNull();
  });

  it('to a full card lets the oldest leave, and never an allergy', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('allergy', 'بنسلين');
    for (let n = 1; n <= HEALTH_RECORDS_MAX + 3; n += 1) await unit.add('history', `note ${n}`);
    const records = shownIn(unit.tap.state());
    expect(records.filter(({ kind }) => kind === 'allergy')).toHaveLength(1);
    expect(records.map(({ text }) => text)).toContain(`note ${HEALTH_RECORDS_MAX + 3}`);
    expect(records.map(({ text }) => text)).not.toContain('note 1');
    expect((await unit.told()).filter(({ type }) => type === 'health-added')).toHaveLength(HEALTH_RECORDS_MAX + 4);
  });

  it('to a full card is refused where the policy says so', async () => {
    const card = await healthCard();
    const unit = await healthDesk({ rules: { ...RULES, whenFull: 'refuse' } });
    await unit.lay(card);
    await unit.open();
    for (let n = 0; n < HEALTH_RECORDS_MAX; n += 1) await unit.add('history', `note ${n}`);
    expect(await unit.add('history', 'one more')).toMatchObject({ code: 'ERR_HEALTH_ROOM' });
    expect(card.healthRecords?.counter).toBe(HEALTH_RECORDS_MAX);
  });
});

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };

describe('a record that is torn', () => {
  it('in any byte is told to the centre, written again at the next tap, and told once more', async () => {
    for (const byte of [0, 1, 40, 90, 120, 500]) {
      const card = await healthCard();
      const unit = await healthDesk();
      await unit.lay(card);
      await unit.open();
      await unit.add('history', 'سكري');
      card.tearAt(byte, { commit: 'old' });
      const torn = await unit.add('laboratory-request', SUGAR);
      const isWhole = byte === 500;
      expect(torn).toMatchObject(isWhole ? { added: 'laboratory-request' } : { code: 'ERR_CARD_LOST' });
      card.clearFaults();
      await unit.lay(card);
      expect(shownIn(await unit.open()).map(({ text }) => text)).toEqual([SUGAR, 'سكري']);
      const added = (await unit.told()).filter((event) => event.type === 'health-added').slice(1);
      expect(added.map(({ isOnCard }) => isOnCard)).toEqual(isWhole ? [true] : [false, true]);
      expect(new Set(added.map(({ id }) => Buffer.from(id).toString('hex'))).size).toBe(1);
      expect(unit.journal.state().healthRecords.size).toBe(0);
      expect(unit.faults).toEqual([]);
    }
  });

  it('is finished after a start as well, even at a desk that has no key any more', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    card.tearAt(300, { commit: 'old' });
    await unit.add('history', 'سكري');
    card.clearFaults();
    await unit.restart();
    expect(unit.journal.state().healthRecords.size).toBe(1);
    await unit.journal.close();
    const later = await healthDesk({ disk: unit.disk, keys: null });
    await later.lay(card);
    expect(card.healthRecords?.counter).toBe(1);
    expect(later.tap.state().name).toBe('offer');
    expect(later.journal.state().healthRecords.size).toBe(0);
  });

  it('because the card was taken away leaves a screen that asks for it, and is finished when it comes back', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'one');
    card.tearAt(60, { commit: 'old' });
    const adding = unit.add('history', 'two');
    unit.tap.removed();
    expect(await adding).toMatchObject({ name: 'health-refused', code: 'ERR_CARD_LOST' });
    expect(JSON.stringify(unit.tap.state())).not.toContain('one');
    await unit.lay(card);
    expect(unit.tap.state().name).toBe('offer');
    expect(shownIn(await unit.open()).map(({ text }) => text)).toEqual(['two', 'one']);
  });

  it('stands already where only its answer was lost: it is not written twice', async () => {
    const card = await healthCard();
    const unit = await healthDesk();
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'one');
    const commands = { answered: 0 };
    const { transmit } = card;
    card.transmit = (apdu) => {
      const answer = transmit.call(card, apdu);
      if (apdu[1] !== 0xe2) return answer;
      commands.answered += 1;
      card.powerOff();
      return null;
    };
    expect(await unit.add('history', 'two')).toMatchObject({ code: 'ERR_CARD_LOST' });
    card.transmit = transmit;
    await unit.lay(card);
    expect(commands.answered).toBe(1);
    expect(card.healthRecords?.counter).toBe(2);
    expect(shownIn(await unit.open()).map(({ text }) => text)).toEqual(['two', 'one']);
  });
});

describe('a new epoch of the role’s key', () => {
  it('reaches a card at its next opening; who has the old key alone opens it no more', async () => {
    const card = await healthCard();
    const old = await healthDesk();
    await old.lay(card);
    await old.open();
    await old.add('history', 'سكري');
    const renewed = await healthDesk({ terminal: 12, role: 'laboratory', keys: KEYS_TWO, rules: everybody() });
    await renewed.lay(card);
    expect(shownIn(await renewed.open())).toHaveLength(1);
    const stolen = await healthDesk({ keys: KEYS });
    await stolen.lay(card);
    expect(await stolen.open()).toMatchObject({ name: 'health-refused', code: 'ERR_HEALTH_KEY' });
  });
});

/** The laboratory reads everything. */
function everybody() {
  const [doctor, laboratory] = RULES.rules;
  if (doctor === undefined || laboratory === undefined) throw new Error('two rules');
  return { ...RULES, rules: [doctor, { ...laboratory, read: doctor.read }] };
}

function tapIdOf(state: object): string {
  return 'tapId' in state ? String(state.tapId) : '';
}
