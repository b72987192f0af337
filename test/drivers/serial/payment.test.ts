/** The payment protocol: its lines, and the driver against a simulated machine over a real pseudo-terminal. */
import { describe, expect, it } from 'vitest';
import { systemTimers } from '../../../agent/system.js';
import {
  askLine,
  PAYMENT_LINE_CHARS_MAX,
  type PaymentAsk,
  PaymentLines,
  type PaymentSaid,
  readAsk,
  readSaid,
  saidLine,
} from '../../../drivers/serial/payment-codec.js';
import { serialPaymentMachine } from '../../../drivers/serial/payment-machine.js';
import { SimulatedPaymentMachine } from '../../../simulators/payment/machine.js';
import { openPtyCable } from '../../../simulators/readers/pty.js';
import { needsSocat } from '../../support/needs-socat.js';

const REFERENCE = '00112233445566ff';
const REQUEST = { reference: REFERENCE, amount: 1_500, currency: 'EGP' };

describe('a line', () => {
  const asks: readonly PaymentAsk[] = [
    { ask: 'PAY', ...REQUEST },
    ...(['CANCEL', 'STATUS', 'REVERSE'] as const).map((ask) => ({ ask, reference: REFERENCE })),
  ];
  const said: readonly PaymentSaid[] = [
    { reference: REFERENCE, standing: { outcome: 'approved', amount: 1_500, machine: 'TXN-0042' } },
    ...(['declined', 'cancelled', 'reversed', 'none', 'pending'] as const).map((outcome) => ({
      ...{ reference: REFERENCE, standing: { outcome } },
    })),
  ];

  it('is read as it was meant', () => {
    expect(asks.map((ask) => readAsk(askLine(ask).trim()))).toEqual(asks);
    expect(said.map((one) => readSaid(saidLine(one).trim()))).toEqual(said);
  });

  it('with any one character damaged says nothing', () => {
    for (const line of [...asks.map(askLine), ...said.map(saidLine)].map((one) => one.trim())) {
      for (let at = 0; at < line.length; at += 1) {
        const damaged = line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ 0x01) + line.slice(at + 1);
        expect([damaged, readAsk(damaged), readSaid(damaged)]).toEqual([damaged, null, null]);
      }
    }
  });

  it('comes whole from any pieces; one that is too long is dropped, and the next one is read', () => {
    const lines = new PaymentLines();
    const bytes = Buffer.from(`${'x'.repeat(PAYMENT_LINE_CHARS_MAX + 1)}\r\n${askLine({ ask: 'PAY', ...REQUEST })}`);
    const heard = [...bytes].flatMap((byte) => lines.feed(Uint8Array.of(byte)));
    expect(heard.map(readAsk)).toEqual([{ ask: 'PAY', ...REQUEST }]);
  });
});

describe.skipIf(!needsSocat())('the driver on a pseudo-terminal', () => {
  it('pays, asks again, gives back once, and opens the device again when it was pulled', async () => {
    const cable = await openPtyCable();
    const machine = new SimulatedPaymentMachine(systemTimers);
    machine.connect((bytes) => void cable.send(bytes).catch(() => undefined));
    cable.listen((bytes) => machine.hear(bytes));
    const driver = serialPaymentMachine({ path: cable.devicePath, timers: systemTimers, answerTimeoutMs: 60_000 });
    try {
      expect(await driver.query(REFERENCE)).toEqual({ outcome: 'none' });
      const approved = { outcome: 'approved', amount: 1_500, machine: 'M00112233' };
      expect(await driver.pay(REQUEST)).toEqual(approved);
      expect(await driver.pay(REQUEST)).toEqual(approved);
      await cable.unplug();
      await cable.plug();
      await expect.poll(() => driver.query(REFERENCE), { timeout: 60_000 }).toEqual(approved);
      expect(await driver.reverse(REFERENCE)).toEqual({ outcome: 'reversed' });
      expect(await driver.reverse(REFERENCE)).toEqual({ outcome: 'reversed' });
      expect([...machine.books.values()].map(({ taken, returned }) => [taken, returned])).toEqual([[1, 1]]);
    } finally {
      await driver.close();
      await cable.dispose();
    }
  });

  it('has not heard anything from a device that is not there', async () => {
    const driver = serialPaymentMachine({ path: '/dev/wasl-none', timers: systemTimers });
    expect(await driver.pay(REQUEST)).toEqual({ outcome: 'unknown' });
    expect(await driver.reverse(REFERENCE)).toEqual({ outcome: 'unknown' });
  });
});
