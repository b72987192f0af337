/** The payload of a Claim 169 code of another issuer (MOSIP QR specification 1.2.2): a CWT with whom it is about. */
import { CborTag, decodeLenient } from './cbor-lenient.js';
import { showableText } from './plain-text.js';

/** Whom a foreign code is about. Every attribute is optional in the specification; of a name or an id one is there. */
export interface ForeignIdentity {
  readonly id: string | null;
  /** As the issuer writes it; ISO 639-3 by the specification. */
  readonly language: string | null;
  /** The full name, or first, middle and last name joined by spaces. */
  readonly fullName: string | null;
  /** `YYYYMMDD`, also where the issuer wrote `YYYY-MM-DD`. */
  readonly dateOfBirth: string | null;
  /** 1 male, 2 female, 3 other. */
  readonly gender: number | null;
  /** Lines separated by `\n`. */
  readonly address: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly nationality: string | null;
  readonly guardian: string | null;
  readonly secondName: { readonly text: string; readonly language: string | null } | null;
  readonly locationCode: string | null;
  readonly legalStatus: string | null;
  readonly countryOfIssuance: string | null;
  /** Numbers of attributes that were there and are not read: pictures, biometrics, what a later version added. */
  readonly unread: readonly number[];
}

/** The claims of a foreign code. Times in seconds since 1970. */
export interface ForeignClaims {
  /** What the code says of its issuer (`iss`); the trusted name stands with the key. */
  readonly statedIssuer: string | null;
  readonly subject: string | null;
  readonly issuedAt: number | null;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  readonly identity: ForeignIdentity;
}

/** CWT claim keys (RFC 8392 §3.1, IANA claim 169). */
const CLAIM = { issuer: 1, subject: 2, expires: 4, notBefore: 5, issuedAt: 6, identity: 169 } as const;

const NAMES = [5, 6, 7] as const;
const READ = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 19, 20, 21, 22, 23];

const TEXT_CHARS_MAX = 200;
const ADDRESS_CHARS_MAX = 400;

/** Bounds on a foreign payload; a picture is one item. */
const LIMITS = { bytesMax: 8192, depthMax: 8, itemsMax: 1024 };

/** Reads a payload whose signature was verified before; null for anything but a CWT with a usable Claim 169. Never throws. */
export function decodeForeignClaims(payload: Uint8Array): ForeignClaims | null {
  const claims = mapIn(decodeLenient(payload, LIMITS));
  if (claims === null) return null;
  const raw: unknown = claims.get(CLAIM.identity);
  // MOSIP's own tools wrap the map in a byte string, as the example of the specification shows.
  const identity = raw instanceof Uint8Array ? mapIn(decodeLenient(raw, LIMITS)) : raw instanceof Map ? raw : null;
  if (identity === null) return null;
  try {
    return {
      statedIssuer: text(claims, CLAIM.issuer),
      subject: text(claims, CLAIM.subject),
      expiresAt: seconds(claims.get(CLAIM.expires)),
      notBefore: seconds(claims.get(CLAIM.notBefore)),
      issuedAt: seconds(claims.get(CLAIM.issuedAt)),
      identity: identityIn(identity),
    };
  } catch (error) {
    if (error instanceof Unusable) return null;
    throw error;
  }
}

/** Ends the reading of a payload; never leaves this file. */
class Unusable extends Error {}

function identityIn(map: Map<unknown, unknown>): ForeignIdentity {
  const whole = text(map, 4);
  const parts = NAMES.map((key) => text(map, key)).filter((part) => part !== null);
  const fullName = whole ?? (parts.length === 0 ? null : parts.join(' '));
  const id = text(map, 1);
  if (id === null && fullName === null) throw new Unusable();
  const second = text(map, 19);
  return {
    id,
    language: text(map, 3),
    fullName,
    dateOfBirth: dateIn(text(map, 8)),
    gender: genderIn(map.get(9)),
    address: addressIn(map.get(10)),
    email: text(map, 11),
    phone: text(map, 12),
    nationality: text(map, 13),
    guardian: text(map, 15),
    secondName: second === null ? null : { text: second, language: text(map, 20) },
    locationCode: text(map, 21),
    legalStatus: text(map, 22),
    countryOfIssuance: text(map, 23),
    unread: [...map.keys()].filter((key): key is number => typeof key === 'number' && !READ.includes(key)),
  };
}

function mapIn(decoded: ReturnType<typeof decodeLenient>): Map<unknown, unknown> | null {
  return decoded.ok && decoded.value instanceof Map ? decoded.value : null;
}

/** Absent is null; there and not showable text makes the whole payload unusable: a person at a counter must be able to read it. */
function text(map: Map<unknown, unknown>, key: number): string | null {
  const value: unknown = map.get(key);
  if (value === undefined || value === null) return null;
  return showableText(value, TEXT_CHARS_MAX) ?? unusable();
}

/** The specification separates the lines of an address by `\n`: the one control character that is let through, here alone. */
function addressIn(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > ADDRESS_CHARS_MAX) return unusable();
  const lines = value.split('\n').filter((line) => line !== '');
  for (const line of lines) if (showableText(line, ADDRESS_CHARS_MAX) === null) return unusable();
  return lines.length === 0 ? null : lines.join('\n');
}

function dateIn(value: string | null): string | null {
  if (value === null) return null;
  const digits = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(value);
  return digits === null ? unusable() : `${digits[1]}${digits[2]}${digits[3]}`;
}

/** An integer by the specification; its own example writes a digit as text. */
function genderIn(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && /^[1-3]$/.test(value) ? Number(value) : value;
  return number === 1 || number === 2 || number === 3 ? number : unusable();
}

/** A NumericDate (RFC 8392 §2): an integer or a float, here also under tag 1 (RFC 8949 §3.4.2), which the RFC wants left out. */
function seconds(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const number: unknown = value instanceof CborTag && value.tag === 1 ? value.value : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return unusable();
  return number > Number.MAX_SAFE_INTEGER ? unusable() : Math.floor(number);
}

function unusable(): never {
  throw new Unusable();
}
