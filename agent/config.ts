/** The configuration of a terminal: one JSON file, checked as a whole before anything starts. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { WaslError } from './domain/errors.js';

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, at most 32, beginning with a letter');
const publicKey = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'use the 64 lower-case hex digits that "wasl authority show" prints');
const path = z.string().min(1, 'name a file or folder');

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
      baudRate: z.int().min(300).max(4_000_000).default(9600),
    }),
  ],
  { error: 'a reader has a "type": "pcsc" or "serial"' },
);

/** The shape of the file. Paths in it are relative to the file's own folder. */
const schema = z.strictObject({
  terminal: id,
  site: id,
  programme: id,
  dataFolder: path,
  trust: z.strictObject({ folder: path, authorityKey: publicKey }),
  readers: z.array(reader).max(8, 'at most 8 readers').default([]),
  centre: z.strictObject({
    url: z.string().regex(/^mqtts?:\/\/[^/\s]+$/, 'use mqtt://host:port or mqtts://host:port'),
    username: z.string().min(1).optional(),
    caFile: path.optional(),
    sealKey: publicKey,
    ackKey: publicKey,
    lingerMs: z.int().min(0).max(600_000, 'at most 600000 (ten minutes)').default(1000),
    backoffMinMs: z.int().min(50).max(60_000).default(5000),
    backoffMaxMs: z.int().min(50).max(3_600_000).default(900_000),
  }),
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
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new WaslError('ERR_CONFIG', `${file} cannot be read`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WaslError('ERR_CONFIG', `${file} is not JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
  return checkTerminalConfig(value, file);
}

/** Checks a configuration that was read from `file`. Throws as {@link readTerminalConfig} rejects. */
export function checkTerminalConfig(value: unknown, file: string): TerminalConfig {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${fixOf(issue)}`);
    throw new WaslError(
      'ERR_CONFIG',
      `${file} has ${lines.length} mistake${lines.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
      {
        details: { mistakes: lines.length },
      },
    );
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

function fixOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `there is no setting called ${issue.keys.join(', ')}; remove it or check its spelling`;
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return `missing; ${issue.expected === 'object' ? 'add this section' : `add it (${issue.expected})`}`;
  return issue.message;
}
