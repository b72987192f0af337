/** A smart card with a ledger for each family, through a real pcscd: served of both, each record proved in its own file. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LEDGER_FAMILIES } from '../../../agent/domain/ledger.js';
import { loadNfcPcsc } from '../../../drivers/pcsc/nfc-pcsc.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import { makeSmartCard } from '../../../simulators/cards/media.js';
import { IsoDepOnReader } from '../../../simulators/readers/iso-dep-on-reader.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { DAY, firstPerson, ISSUER, openDesk } from '../../support/desk.js';
import { BOX, LOAF, trustWithMedicines } from '../../support/medicines.js';
import { NOW } from '../../support/people.js';
import { describeWithPcscd, systemTimers } from './virtual-reader.js';

const describeReal = await describeWithPcscd('usb');
const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };

describeReal('a smart card on a real pcscd', () => {
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let reader: PcscReader;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd({ attached: 'usb' });
    process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
    reader = new PcscReader({ load: loadNfcPcsc(), timers: systemTimers, match: { prefix: 'Virtual PCD' } });
  });

  afterAll(async () => {
    await reader.stop();
    slot.remove();
    await pcscd.stop();
  });

  it.each([1, 2] as const)('with version %i of the applet is served what it has ledgers for', async (version) => {
    const chip = await makeSmartCard(order, { algorithm: 'ES256', pin: null, version });
    const at = await openDesk({ trust: trustWithMedicines(), programmes: ['bread', 'medicines'] });
    const seen = new EventRecorder(20_000);
    await reader.start(seen.listener);
    await slot.insert(new IsoDepOnReader(chip));
    const { card } = await seen.until('presented');
    for (const [programme, commodity] of [
      ['bread', LOAF],
      ['medicines', BOX],
    ] as const) {
      at.tap.select(programme);
      await at.tap.present(card, reader.capabilities);
      const offered = at.tap.state();
      if (version === 1 && programme === 'medicines') {
        expect(offered).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_LEDGER_REQUIRED' });
        continue;
      }
      if (offered.name !== 'offer') throw new Error(`no offer, but ${JSON.stringify(offered)}`);
      await at.tap.confirm(offered.tapId, [{ commodity, quantity: 2 }]);
      expect(at.tap.state()).toMatchObject({ name: 'granted', items: [{ commodity, quantity: 2 }] });
      await at.tap.handover(offered.tapId);
    }
    const counters = Object.values(LEDGER_FAMILIES).map((family) => chip.ledger(family)?.counter ?? null);
    expect(counters).toEqual(version === 1 ? [3, null] : [3, 3]);
    expect(at.faults).toEqual([]);
    await reader.stop();
    slot.remove();
  });
});
