/** The configuration of a bridge worker: checked as a whole before anything starts. */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';

const text = z.string().min(1, 'must not be empty');

/** The shape of the configuration. Secrets and certificates are not part of it. */
const schema = z.strictObject({
  /** Distinguishes workers of one centre at the broker and in the log. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, at most 32, beginning with a letter')
    .default('bridge'),
  broker: z.strictObject({
    url: z.string().regex(/^mqtts?:\/\/[^/\s@]+$/, 'use mqtt://host:port or mqtts://host:port'),
    username: text.optional(),
    keepaliveS: z.int().min(30).max(600).default(60),
  }),
  couch: z.strictObject({
    url: z.string().regex(/^https?:\/\/[^/\s@]+\/?$/, 'use http://host:port or https://host:port'),
    username: text,
    /** Role that may use the databases that the bridge creates. */
    role: text.default('wasl-bridge'),
    requestTimeoutMs: z.int().min(100).max(30_000).default(10_000),
  }),
  /** Connections that take batches side by side. */
  consumers: z.int().min(1).max(16, 'at most 16').default(8),
  /** Loopback port of `/healthz` and `/metrics`; none without it. */
  healthPort: z.int().min(0).max(65_535).optional(),
  backoff: z
    .strictObject({ baseMs: z.int().min(10).max(60_000), maxMs: z.int().min(10).max(900_000) })
    .default({ baseMs: 500, maxMs: 30_000 }),
});

/** A checked configuration of a bridge worker. */
export type BridgeConfig = z.infer<typeof schema>;

/** A configuration as it is written: what has a default may be left out. */
export type BridgeConfigInput = z.input<typeof schema>;

/** Checks a configuration. Throws `ERR_CONFIG`, whose message lists every mistake with its path and the fix. */
export function checkBridgeConfig(value: unknown): BridgeConfig {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new WaslError('ERR_CONFIG', `the configuration of the bridge has mistakes:\n${lines.join('\n')}`, {
    details: { mistakes: lines.length },
  });
}
