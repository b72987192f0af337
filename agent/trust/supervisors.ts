/**
 * The people of a terminal's site: who serves there, and the supervisors, who may allow what a clerk may not; each shown by a PIN and without a network.
 *
 *   PIN ─ count the try, durable ─ scrypt ─┬─ right: the count begins anew
 *                                          └─ wrong: the fifth in a row locks that person here for a day
 *
 * The counts stand in `pin-attempts` beside the accepted lists: a cut between counting and judging has cost a try, never given one. They belong to one
 * PIN: a new one from the authority begins with all its tries. A file that is not whole counts as five wrong tries of everybody, now.
 */
import { crc32 } from 'node:zlib';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { type DerivePin, isPin, PIN_SHAPE, scryptPin } from '../credential/pin.js';
import { WaslError } from '../domain/errors.js';
import { SUPERVISOR_ROLE, type Supervisor } from '../domain/supervisor.js';
import { type Disk, faultOf, isFull, readWhole, replaceFile } from '../journal/disk.js';
import type { Operators, OperatorView, PinVerdict, Supervisors, SupervisorTrust, TimeSource } from './trust.js';

/** Wrong PINs in a row that lock a supervisor out. */
export const PIN_ATTEMPTS_MAX = 5;

/** For how long, ms. */
export const PIN_LOCK_MS = 24 * 3_600_000;

/** Name of the file of the counts. */
export const ATTEMPTS_NAME = 'pin-attempts';

/** What the people of a site are checked with. */
export interface SupervisorParts {
  readonly disk: Disk;
  /** Where the counts are kept; there already, and of this process alone. */
  readonly folder: string;
  readonly site: string;
  readonly trust: SupervisorTrust;
  readonly time: TimeSource;
  readonly derive?: DerivePin;
}

/** Tries in a row that were not right, of one person and one PIN. */
interface Attempts {
  readonly number: number;
  /** First 8 bytes of the salt of the PIN. */
  readonly pin: Uint8Array;
  readonly count: number;
  readonly lastMs: number;
}

const FORMAT_VERSION = 1;
const FILE_BYTES_MAX = 256 * 1024;
const PIN_MARK_BYTES = 8;

/** The supervisors of a site, and those who serve there. */
export function supervisorsAt(parts: SupervisorParts): Supervisors & Operators {
  const { site, trust, time } = parts;
  const all = (): readonly Supervisor[] => {
    const nowS = time.now().ms / 1000;
    const here = trust
      .supervisors()
      .filter((one) => one.sites.includes(site) && one.notBefore <= nowS && nowS < one.notAfter);
    return [...here].sort((a, b) => (a.name === b.name ? a.number - b.number : a.name < b.name ? -1 : 1));
  };
  const supervisors = () => all().filter(({ role }) => role === SUPERVISOR_ROLE);
  const operators = () => all().filter(({ role }) => role !== SUPERVISOR_ROLE);
  let last: Promise<unknown> = Promise.resolve();
  const check = (person: Supervisor, pin: string): Promise<PinVerdict> => {
    // One after the other: two at once would count as one.
    const own = last.then(() => judge(parts, person, pin));
    last = own.catch(() => undefined);
    return own;
  };
  return {
    here: () => supervisors().map(({ number, name }) => ({ number, name })),
    authorise: (number, pin) => {
      const supervisor = supervisors().find((one) => one.number === number);
      if (supervisor === undefined) return Promise.resolve({ allowed: false, code: 'ERR_VOID_ROLE' });
      return check(supervisor, pin);
    },
    present: () => operators().map(viewOf),
    logIn: async (number, pin) => {
      const operator = operators().find((one) => one.number === number);
      if (operator === undefined) return { allowed: false, code: 'ERR_OPERATOR_ROLE' };
      const verdict = await check(operator, pin);
      return verdict.allowed ? { allowed: true, operator: viewOf(operator) } : verdict;
    },
  };
}

function viewOf({ number, name, role }: Supervisor): OperatorView {
  return { number, name, role };
}

async function judge(parts: SupervisorParts, supervisor: Supervisor, pin: string): Promise<PinVerdict> {
  const nowMs = parts.time.now().ms;
  const all = await readAttempts(parts, nowMs);
  const before = countOf(all, supervisor, nowMs);
  if (before >= PIN_ATTEMPTS_MAX) return { allowed: false, code: 'ERR_PIN_LOCKED' };
  await writeAttempts(parts, withCount(all, { supervisor, count: before + 1, nowMs }));
  const isRight = PIN_SHAPE.test(pin) && (await isPin(pin, supervisor.pin, parts.derive ?? scryptPin));
  if (!isRight) return { allowed: false, code: before + 1 >= PIN_ATTEMPTS_MAX ? 'ERR_PIN_LOCKED' : 'ERR_PIN' };
  await writeAttempts(parts, withCount(all, { supervisor, count: 0, nowMs }));
  return { allowed: true };
}

/** Tries that still count: those of the present PIN, unless they are a day old. */
function countOf(all: readonly Attempts[], supervisor: Supervisor, nowMs: number): number {
  const own = all.find((one) => isOf(one, supervisor));
  return own === undefined || nowMs - own.lastMs >= PIN_LOCK_MS ? 0 : own.count;
}

function withCount(
  all: readonly Attempts[],
  next: { readonly supervisor: Supervisor; readonly count: number; readonly nowMs: number },
): Attempts[] {
  const { supervisor, count, nowMs } = next;
  const others = all.filter((one) => one.number !== supervisor.number && nowMs - one.lastMs < PIN_LOCK_MS);
  if (count === 0) return others;
  return [...others, { number: supervisor.number, pin: markOf(supervisor), count, lastMs: nowMs }];
}

function isOf(one: Attempts, supervisor: Supervisor): boolean {
  return one.number === supervisor.number && Buffer.from(one.pin).equals(markOf(supervisor));
}

function markOf({ pin }: Supervisor): Uint8Array {
  return Uint8Array.from(pin.salt.subarray(0, PIN_MARK_BYTES));
}

async function readAttempts(parts: SupervisorParts, nowMs: number): Promise<readonly Attempts[]> {
  const { disk, folder, trust } = parts;
  let bytes: Uint8Array | null;
  try {
    bytes = await readWhole(disk, `${folder}/${ATTEMPTS_NAME}`, FILE_BYTES_MAX);
  } catch (error) {
    throw fileError(folder, error);
  }
  if (bytes === null) return [];
  const known = decodeAttempts(bytes);
  if (known !== null) return known;
  const locked = trust.supervisors().map((one) => {
    return { number: one.number, pin: markOf(one), count: PIN_ATTEMPTS_MAX, lastMs: nowMs };
  });
  // At once, so that the day of the lock begins now and not at each look.
  await writeAttempts(parts, locked);
  return locked;
}

async function writeAttempts({ disk, folder }: SupervisorParts, all: readonly Attempts[]): Promise<void> {
  const list = all.map(({ number, pin, count, lastMs }) => [number, pin, count, lastMs]);
  const bytes = encodeCbor([FORMAT_VERSION, list, crc32(encodeCbor(list))]);
  await replaceFile(disk, { folder, name: ATTEMPTS_NAME }, bytes).catch((error: unknown) => {
    throw fileError(folder, error);
  });
}

/** Null for anything that {@link writeAttempts} did not make. */
function decodeAttempts(bytes: Uint8Array): Attempts[] | null {
  const decoded = decodeCbor(bytes, { bytesMax: FILE_BYTES_MAX, depthMax: 3, itemsMax: 40_000 });
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, list, crc] = parts;
  if (parts.length !== 3 || version !== FORMAT_VERSION || !Array.isArray(list)) return null;
  if (crc !== crc32(encodeCbor(list))) return null;
  const all: Attempts[] = [];
  for (const entry of list as unknown[]) {
    const [number, pin, count, lastMs] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof number !== 'number' || !(pin instanceof Uint8Array)) return null;
    if (typeof count !== 'number' || typeof lastMs !== 'number') return null;
    all.push({ number, pin, count, lastMs });
  }
  return all;
}

function fileError(folder: string, cause: unknown): WaslError {
  const code = isFull(cause) ? 'ERR_JOURNAL_SPACE' : 'ERR_DATA_FOLDER';
  return new WaslError(code, `tries of PINs cannot be counted in ${folder} (${faultOf(cause)})`, { cause });
}
