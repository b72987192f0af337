/** Reading whatever credential is presented: our own first, then codes of other issuers. */
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { ForeignKey } from '../domain/keys.js';
import { type DecodeContext, type DecodeStep, decodeCredential, type RawCredential } from './decode.js';
import { decodeForeign, type ForeignCredential } from './foreign.js';

/** What a credential of any profile is checked against. */
export interface AnyContext extends DecodeContext {
  /** Trusted keys of the profile `claim169`; none to read our own credentials alone. */
  readonly foreignKeys: readonly ForeignKey[];
}

/** Result of {@link decodeAny}. `card` of a failure as in `DecodeResult`. */
export type AnyResult =
  | { readonly ok: true; readonly profile: 'wasl'; readonly credential: Credential }
  | { readonly ok: true; readonly profile: 'claim169'; readonly credential: ForeignCredential }
  | { readonly ok: false; readonly step: DecodeStep; readonly code: ErrorCode; readonly card: number | null };

/** Steps that do not tell yet whose credential it is. */
const BEFORE_A_KEY: readonly DecodeStep[] = ['text', 'base45', 'inflate', 'cose'];

/** Steps at which one of ours is no longer in question: a known key of ours said so. */
const BEFORE_OUR_KEY: readonly DecodeStep[] = [...BEFORE_A_KEY, 'key'];

/**
 * Reads one of ours, else a foreign Claim 169 code. What one of our own keys has refused (scope, signature and everything after) is never
 * given a second chance. Where both profiles refuse, the answer is ours, unless it is a foreign code in its shape and came as far as its key.
 * Never throws.
 */
export function decodeAny(raw: RawCredential, context: AnyContext): AnyResult {
  const own = decodeCredential(raw, context);
  if (own.ok) return { ok: true, profile: 'wasl', credential: own.credential };
  const isOurs = !BEFORE_OUR_KEY.includes(own.step) || own.code === 'ERR_CREDENTIAL_KEY_SCOPE';
  if (isOurs) return own;
  const foreign = decodeForeign(raw, { keys: context.foreignKeys, now: context.now });
  if (foreign.ok) return { ok: true, profile: 'claim169', credential: foreign.credential };
  return BEFORE_A_KEY.includes(foreign.step) || own.step === foreign.step ? own : { ...foreign, card: null };
}
