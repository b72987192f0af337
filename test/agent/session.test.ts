/** Who serves at the desk: logged in by PIN, for a day at most, and gone as soon as the authority says so. */
import { describe, expect, it } from 'vitest';
import { createSession, NO_OPERATORS, SESSION_MS } from '../../agent/session.js';
import type { Operators, OperatorView } from '../../agent/trust/trust.js';

const MONA = { number: 3, name: 'Mona', role: 'nurse' };

function desk(all: OperatorView[] = [MONA]) {
  const clock = { ms: Date.UTC(2026, 10, 22, 9) };
  const operators: Operators = {
    present: () => all,
    logIn: async (number, pin) => {
      const operator = all.find((one) => one.number === number);
      return operator !== undefined && pin === '271828'
        ? { allowed: true, operator }
        : { allowed: false, code: 'ERR_PIN' };
    },
  };
  return { clock, all, session: createSession({ operators, clock: { nowMs: () => clock.ms } }) };
}

describe('a session', () => {
  it('is not needed where nobody is listed', () => {
    const session = createSession({ operators: NO_OPERATORS, clock: { nowMs: () => 0 } });
    expect([session.isNeeded(), session.current()]).toEqual([false, null]);
  });

  it('begins with the right PIN alone', async () => {
    const { session } = desk();
    expect(session.isNeeded()).toBe(true);
    expect(await session.logIn(3, '314159')).toEqual({ allowed: false, code: 'ERR_PIN' });
    expect(session.current()).toBeNull();
    await session.logIn(3, '271828');
    expect(session.current()).toEqual(MONA);
  });

  it('ends when its operator logs out, and after a whole day', async () => {
    const { session, clock } = desk();
    await session.logIn(3, '271828');
    session.logOut();
    expect(session.current()).toBeNull();
    await session.logIn(3, '271828');
    clock.ms += SESSION_MS - 1;
    expect(session.current()).toEqual(MONA);
    clock.ms += 1;
    expect(session.current()).toBeNull();
  });

  it('ends when the authority removes its operator, and has the role that the authority gives', async () => {
    const { session, all } = desk();
    await session.logIn(3, '271828');
    all[0] = { ...MONA, role: 'doctor' };
    expect(session.current()?.role).toBe('doctor');
    all.length = 0;
    expect(session.current()).toBeNull();
  });

  it('says when it begins and ends, to those who still listen', async () => {
    const { session } = desk();
    let heard = 0;
    const stop = session.subscribe(() => {
      heard += 1;
    });
    await session.logIn(3, '314159');
    await session.logIn(3, '271828');
    session.logOut();
    stop();
    session.logOut();
    expect(heard).toBe(2);
  });
});
