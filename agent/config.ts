/** The configuration of a terminal: one JSON file, checked as a whole before anything starts. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { WaslError } from './domain/errors.js';
import { SHIFT_MONEY_MAX } from './domain/shift.js';
import { readJsonFile } from './files.js';
import { STOCK_UNITS_MAX } from './services/stock.js';

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, at most 32, beginning with a letter');
const publicKey = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'use the 64 lower-case hex digits that "wasl authority show" prints');
const path = z.string().trim().min(1, 'name a file or folder');
const brokerUrl = z
  .string()
  .refine(isBrokerUrl, 'use mqtt://host:port or mqtts://host:port and nothing more; the user goes into "username"');

const reader = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('pcsc'),
      match: z
        .string()
        .min(1, 'give the beginning of a reader name as "wasl doctor" lists it, or leave it out')
        .optional(),
    }),
    z.strictObject({
      type: z.literal('serial'),
      path: z.string().startsWith('/', 'give the device, e.g. /dev/serial/by-id/usb-…'),
      profile: z
        .enum(['scanner', 'wedge', 'twn4'], { error: 'use scanner (2D codes), wedge (types UIDs) or twn4 (ELATEC)' })
        .default('scanner'),
      baudRate: z.int().min(300).max(4_000_000).optional(),
    }),
  ],
  { error: 'a reader has a "type": "pcsc" or "serial"' },
);

/** Most programmes of one desk: more do not fit beside each other on a screen. */
const PROGRAMMES_MAX = 4;

/** The shape of the file. Paths in it are relative to the file's own folder. */
const schema = z.strictObject({
  terminal: id,
  site: id,
  /** One id, or several; the first is the one that the desk begins with. */
  programme: z.preprocess(
    (one) => (typeof one === 'string' ? [one] : one),
    z
      .tuple([id], id)
      .refine((ids) => ids.length <= PROGRAMMES_MAX, `name at most ${PROGRAMMES_MAX} programmes`)
      .refine((ids) => new Set(ids).size === ids.length, 'name each programme once'),
  ),
  dataFolder: path,
  trust: z.strictObject({ folder: path, authorityKey: publicKey }),
  readers: z.array(reader).max(8, 'at most 8 readers').superRefine(refuseTwins).default([]),
  centre: z
    .strictObject({
      url: brokerUrl,
      username: z.string().min(1).optional(),
      caFile: path.optional(),
      sealKey: publicKey,
      ackKey: publicKey,
      lingerMs: z.int().min(0).max(600_000, 'at most 600000 (ten minutes)').default(1000),
      backoffMinMs: z.int().min(50).max(60_000).default(5000),
      backoffMaxMs: z.int().min(50).max(3_600_000).default(900_000),
    })
    .refine((centre) => centre.caFile === undefined || centre.url.startsWith('mqtts:'), {
      path: ['caFile'],
      error: 'without TLS no certificate is looked at: use mqtts:// in "url", or remove it',
    })
    .refine((centre) => centre.backoffMaxMs >= centre.backoffMinMs, {
      path: ['backoffMaxMs'],
      error: 'use at least what "backoffMinMs" is (5000 unless given)',
    }),
  payments: z
    .strictObject({
      machine: z
        .strictObject({
          path: z.string().startsWith('/', 'give the device, e.g. /dev/serial/by-id/usb-…'),
          baudRate: z.int().min(300).max(4_000_000).default(115_200),
        })
        .optional(),
    })
    .optional(),
  /** Shifts of whoever serves; absent: the desk has none. */
  shift: z
    .strictObject({
      /** Nobody is served without one. */
      required: z.boolean('use true or false').default(false),
      /** Largest differences that the clerk may close with alone, either way: minor units of money, and units of each commodity. */
      cashDifferenceMax: z.int().min(0).max(SHIFT_MONEY_MAX).default(0),
      stockDifferenceMax: z.int().min(0).max(STOCK_UNITS_MAX).default(0),
    })
    .optional(),
  /** The outlet keeps its goods on the screen. */
  stock: z
    .strictObject({
      /** By the id of a commodity: with less than this the offer says that it runs out. */
      low: z.record(id, z.int().min(1).max(STOCK_UNITS_MAX)).default({}),
    })
    .optional(),
  /** Holders set, change and unblock the PINs of their cards at this desk. */
  holderPins: z.boolean('use true or false').default(false),
  journal: z
    .strictObject({
      backupWindowDays: z.int().min(1).max(366, 'at most 366').optional(),
      mebibytesMax: z.int().min(16).max(65_536).optional(),
    })
    .prefault({}),
  kiosk: z
    .strictObject({ port: z.int('use a whole number').min(0).max(65_535, 'a port is at most 65535').default(8420) })
    .prefault({}),
  secretsFolder: path.optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error'], { error: 'use debug, info, warn or error' }).default('info'),
});

/** A checked configuration, with every path made absolute. */
export type TerminalConfig = z.infer<typeof schema>;

/** Reads and checks a configuration file. Rejects with `ERR_CONFIG`, whose message lists every mistake with its path and the fix. */
export async function readTerminalConfig(file: string): Promise<TerminalConfig> {
  return checkTerminalConfig(await readJsonFile(file), file);
}

/** Checks a configuration that was read from `file`. Throws as {@link readTerminalConfig} rejects. */
export function checkTerminalConfig(value: unknown, file: string): TerminalConfig {
  const parsed = schema.safeParse(value, { error: fixOf });
  if (!parsed.success) {
    const lines = parsed.error.issues.flatMap(mistakesOf);
    const head = `${file} has ${lines.length} mistake${lines.length === 1 ? '' : 's'}`;
    throw new WaslError('ERR_CONFIG', `${head}:\n${lines.join('\n')}`, { details: { mistakes: lines.length } });
  }
  const at = (relative: string): string => resolve(dirname(file), relative);
  const config = parsed.data;
  return {
    ...config,
    dataFolder: at(config.dataFolder),
    trust: { ...config.trust, folder: at(config.trust.folder) },
    centre: { ...config.centre, ...(config.centre.caFile === undefined ? {} : { caFile: at(config.centre.caFile) }) },
    ...(config.secretsFolder === undefined ? {} : { secretsFolder: at(config.secretsFolder) }),
  };
}

/** One line for each mistake; each unknown setting is a mistake of its own. */
function mistakesOf(issue: z.core.$ZodIssue): string[] {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => `  ${path.join('.') || 'the file'}: ${issue.message}`);
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text in double quotes',
  number: 'a number',
  int: 'a whole number',
  object: 'an object { … }',
  array: 'a list [ … ]',
  tuple: 'the id of a programme in double quotes, or a list [ … ] of them',
};

/** What to do about a mistake that the schema has no words of its own for. */
function fixOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'there is no such setting; remove it or check its spelling';
    case 'invalid_type':
      return `${issue.input === undefined ? 'missing; add' : 'use'} ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `use at least ${issue.minimum}`;
    case 'too_big':
      return `use at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function isBrokerUrl(text: string): boolean {
  return /^mqtts?:\/\/[^/\s@?#]+$/.test(text) && URL.canParse(text) && new URL(text).hostname !== '';
}

/** Two settings for one device would present each card twice. */
function refuseTwins(
  readers: readonly z.infer<typeof reader>[],
  context: { addIssue(issue: { code: 'custom'; path: number[]; message: string }): void },
): void {
  for (const [i, one] of readers.entries()) {
    const twin = readers.slice(0, i).findIndex((other) => meetInOneDevice(one, other));
    if (twin < 0) continue;
    const fix = one.type === 'serial' ? 'remove one' : 'give each a "match" that fits its own reader only';
    context.addIssue({ code: 'custom', path: [i], message: `means the same device as readers.${twin}; ${fix}` });
  }
}

function meetInOneDevice(a: z.infer<typeof reader>, b: z.infer<typeof reader>): boolean {
  if (a.type === 'serial') return b.type === 'serial' && a.path === b.path;
  if (b.type === 'serial') return false;
  const [first = '', second = ''] = [a.match, b.match];
  return first.startsWith(second) || second.startsWith(first);
}
