/** The configuration of settlement: checked as a whole before anything starts. */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';

const text = z.string().min(1, 'must not be empty');

/** The shape of the configuration. Secrets are not part of it. */
const schema = z
  .strictObject({
    couch: z.strictObject({
      url: z.string().regex(/^https?:\/\/[^/\s@]+\/?$/, 'use http://host:port or https://host:port'),
      username: text,
      /** Role that may use the databases that settlement creates; that of the bridge, since both write cases. */
      role: text.default('wasl-bridge'),
      requestTimeoutMs: z.int().min(100).max(30_000).default(10_000),
    }),
    /** What the authority signed: policies and hotlists. */
    lists: z.strictObject({
      /** Folder into which `wasl authority publish` writes, or a copy of it. */
      folder: text,
      authorityKey: z.string().regex(/^[0-9a-f]{64}$/, 'a public key is 64 lower-case hex digits'),
      /** Folder in which each version that was ever seen is kept: an event is judged by the lists that its terminal had. */
      historyFolder: text.optional(),
    }),
    /** Largest household that there can be. */
    householdMembersMax: z.int().min(1).max(99, 'no credential states more than 99').default(99),
    /** Missing events this old are a case. */
    gapAfterHours: z.number().min(0.1).max(8_760).default(24),
    /** How far the clock of a terminal may be ahead of this one. */
    aheadMaxMinutes: z.number().min(1).max(1_440).default(60),
    /** Kinds of sites that are paid for nothing that they did while no signed list had them as accredited, whatever policy their terminals had. */
    mustBeAccredited: z.array(text).max(50).default([]),
    /** Document of parties: who sees what. Settlement keeps a database for each of them. None without it. */
    views: text.optional(),
    /** Loopback port of `/healthz` and `/metrics`; none without it. */
    healthPort: z.int().min(0).max(65_535).optional(),
  })
  .refine(
    ({ views, mustBeAccredited, lists }) =>
      (views === undefined && mustBeAccredited.length === 0) || lists.historyFolder !== undefined,
    {
      path: ['lists', 'historyFolder'],
      message:
        'name a folder: views, and what has to be accredited, go by how sites were described at the time of each service',
    },
  );

/** A checked configuration of settlement. */
export type SettlementConfig = z.infer<typeof schema>;

/** A configuration as it is written: what has a default may be left out. */
export type SettlementConfigInput = z.input<typeof schema>;

/** Checks a configuration. Throws `ERR_CONFIG`, whose message lists every mistake with its path and the fix. */
export function checkSettlementConfig(value: unknown): SettlementConfig {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new WaslError('ERR_CONFIG', `the configuration of settlement has mistakes:\n${lines.join('\n')}`, {
    details: { mistakes: lines.length },
  });
}
