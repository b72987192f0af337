/** What an update changes, from the words of a command line. */
import type { EntitlementChanges } from '../credential/endorsement.js';
import { REPRESENTATIVES_MAX } from '../domain/credential.js';
import { isWaslError, WaslError } from '../domain/errors.js';

/** What the options of `wasl card update` ask for. */
export interface ChangeWords {
  readonly expires?: string;
  /** Each `name=value`. */
  readonly set?: readonly string[];
}

/** The parts of an endorsement that these words ask for. Throws `ERR_USAGE` for words that say nothing, or nothing that can be changed. */
export function parseChanges(words: ChangeWords): {
  readonly expiresAt: number | null;
  readonly changes: EntitlementChanges;
} {
  const expiresAt = words.expires === undefined ? null : secondsOf(words.expires);
  const changes = Object.assign({}, ...(words.set ?? []).map(changeOf)) as EntitlementChanges;
  if (expiresAt === null && Object.keys(changes).length === 0)
    throw new WaslError('ERR_USAGE', 'say what changes: --expires TIME, or --set NAME=VALUE');
  return { expiresAt, changes };
}

/** Columns of a table of changes: `card`, then what changes. An empty cell leaves what it stands for as it is; `none` takes it away. */
export const CHANGE_COLUMNS = [
  'card',
  'expires',
  'draws',
  'household_size',
  'home_site',
  'ration_scheme',
  'coverage',
  'representatives',
] as const;

/** A row of a table of changes. Throws `ERR_ORDER` that begins with `from`. */
export function changeOfRow(
  row: ReadonlyMap<string, string>,
  from: string,
): { readonly card: number; readonly expiresAt: number | null; readonly changes: EntitlementChanges } {
  const cell = (name: string): string => (row.get(name) ?? '').trim();
  if (!/^\d{1,15}$/.test(cell('card'))) throw new WaslError('ERR_ORDER', `${from}: "card" takes the serial of a card`);
  const set = CHANGE_COLUMNS.slice(2).flatMap((name) => (cell(name) === '' ? [] : [`${name}=${cell(name)}`]));
  if (set.length === 0 && cell('expires') === '') throw new WaslError('ERR_ORDER', `${from}: nothing changes`);
  try {
    const words = cell('expires') === '' ? { set } : { set, expires: cell('expires') };
    return { card: Number(cell('card')), ...parseChanges(words) };
  } catch (error) {
    if (!isWaslError(error, 'ERR_USAGE')) throw error;
    throw new WaslError('ERR_ORDER', `${from}: ${error.message.replace('--expires', 'expires')}`);
  }
}

function secondsOf(text: string): number {
  const seconds = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/.test(text) ? Date.parse(text) / 1000 : Number.NaN;
  if (!Number.isSafeInteger(seconds))
    throw new WaslError('ERR_USAGE', '--expires takes a time like 2028-12-31 or 2028-12-31T22:00:00Z');
  return seconds;
}

const NAMES = {
  draws: 'draws',
  household_size: 'householdSize',
  home_site: 'homeSite',
  ration_scheme: 'rationScheme',
} as const;

function changeOf(word: string): EntitlementChanges {
  const [name = '', value = ''] = word.split('=', 2);
  if (name === 'coverage') {
    const parts = /^(\d{1,5})\/(\d{1,5})\/(\d{1,10})$/.exec(value);
    if (value === 'none') return { coverage: null };
    if (parts === null)
      throw new WaslError('ERR_USAGE', 'coverage is written plan/class/family, like coverage=1/2/12, or coverage=none');
    return { coverage: { plan: Number(parts[1]), class: Number(parts[2]), familyUnit: Number(parts[3]) } };
  }
  if (name === 'representatives') return { representatives: value === 'none' ? [] : serialsOf(value) };
  const member = Object.hasOwn(NAMES, name) ? NAMES[name as keyof typeof NAMES] : undefined;
  if (member === undefined)
    throw new WaslError(
      'ERR_USAGE',
      `"${name.slice(0, 40)}" cannot be changed; what can: ${Object.keys(NAMES).join(', ')}, coverage, representatives`,
    );
  if (member === 'rationScheme' && value === 'none') return { rationScheme: null };
  if (!/^\d{1,5}$/.test(value)) throw new WaslError('ERR_USAGE', `${name} takes a whole number`);
  return { [member]: Number(value) };
}

function serialsOf(value: string): readonly number[] {
  const serials = /^\d{1,15}(\/\d{1,15})*$/.test(value) ? value.split('/').map(Number) : [];
  if (serials.length > 0 && serials.length <= REPRESENTATIVES_MAX && new Set(serials).size === serials.length)
    return serials;
  throw new WaslError(
    'ERR_USAGE',
    `representatives are at most ${REPRESENTATIVES_MAX} serials, like representatives=100002/100003, or representatives=none`,
  );
}
