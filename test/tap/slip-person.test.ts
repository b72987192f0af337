/** Referrals on slips for people without a card: found by the slip where their list is, served what is on it, once. */
import { describe, expect, it } from 'vitest';
import { slipOf } from '../../agent/credential/slip.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import {
  CONSULTATION,
  IMAGING,
  LISTED,
  LISTED_REFERRAL,
  openSlipDesk,
  SALAM,
  type SlipDesk,
} from '../support/slip-desk.js';

const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;

async function events(bench: SlipDesk): Promise<WaslEvent[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 500, bytesMax: 500_000 });
  return read.map(({ bytes }) => decodeEvent(bytes)).filter(({ type }) => type !== 'epoch');
}

function tapOf(bench: SlipDesk): string {
  const state = bench.persons.state();
  return 'tapId' in state ? state.tapId : '';
}

describe('a person without a card', () => {
  async function referred(): Promise<{ unit: SlipDesk; text: string }> {
    const unit = await openSlipDesk('manakh-unit');
    unit.persons.select('register');
    await unit.persons.search();
    await unit.persons.find(tapOf(unit), LISTED.id);
    await unit.persons.choose(tapOf(unit), LISTED.number);
    const state = await unit.confirm(LISTED_REFERRAL, { for: CONSULTATION, site: SALAM });
    expect(state.name).toBe('listed-granted');
    return { unit, text: unit.slip() };
  }

  it('is referred by a slip that names the register and no person', async () => {
    const { unit, text } = await referred();
    const roster = unit.rosters.inForce('gezira-2026', 0)?.roster.number;
    expect(slipOf(text)).toMatchObject({ subject: { roster, person: LISTED.number } });
    expect((await events(unit)).at(-1)).toMatchObject({ type: 'roster', details: { slip: tapOf(unit) } });
    await unit.start();
    expect(unit.slip()).toBe(text);
    await unit.persons.handover(slipOf(text)?.id ?? '');
    expect(unit.slip()).toBe('');
  });

  it('is found by the slip at the hospital, has what is on it and nothing else, and that once', async () => {
    const { text } = await referred();
    const hospital = await openSlipDesk('salam-hospital');
    expect(await hospital.present({ text })).toMatchObject({
      ...{ name: 'listed-offer', person: { name: LISTED.name } },
      offer: {
        items: [
          { commodity: CONSULTATION, available: 1 },
          { commodity: IMAGING, available: 0 },
        ],
      },
    });
    expect(await hospital.confirm(CONSULTATION)).toMatchObject({ name: 'listed-granted' });
    expect((await events(hospital)).at(-1)).toMatchObject({
      ...{ type: 'roster', person: LISTED.number, programme: 103 },
      details: { slips: [{ slip: slipOf(text)?.id, units: 1, of: 1 }] },
    });
    await hospital.persons.handover(tapOf(hospital));
    expect(await hospital.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_USED' });
  });

  it('has the units of the slip again when the service is taken back', async () => {
    const { text } = await referred();
    const hospital = await openSlipDesk('salam-hospital');
    await hospital.present({ text });
    await hospital.confirm(CONSULTATION);
    const tapId = tapOf(hospital);
    await hospital.start();
    await hospital.persons.askBack(tapId);
    await hospital.persons.takeBack(tapId, SUPERVISOR);
    expect(hospital.persons.state()).toMatchObject({ name: 'listed-voided', person: { number: LISTED.number } });
    expect(hospital.journal.state().slips.used.size).toBe(0);
    expect((await events(hospital)).at(-1)).toMatchObject({
      ...{ type: 'roster-void', person: LISTED.number },
      details: { slips: [{ slip: slipOf(text)?.id, units: 1 }] },
    });
    await hospital.persons.dismiss(tapOf(hospital));
    expect(await hospital.present({ text })).toMatchObject({ name: 'listed-offer' });
  });

  it('whom no list here names is sent to where one does', async () => {
    const { text } = await referred();
    const hospital = await openSlipDesk('salam-hospital');
    hospital.clock.ms = (hospital.rosters.inForce('gezira-2026', 0)?.roster.head.expiresAt ?? 0) * 1000;
    const state = await hospital.present({ text });
    expect(['ERR_CAMPAIGN_ROSTER', 'ERR_SLIP_EXPIRED']).toContain('code' in state ? state.code : '');
  });
});
