/** The trust port: what the terminal believes, from lists that the authority signed. Answers come from memory, at once. */
import type { CardAction } from '../domain/card-action.js';
import type { TimeQuality } from '../domain/clock.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { ForeignKey, IssuerKey, TerminalKey } from '../domain/keys.js';
import type { Policy } from '../domain/policy.js';
import type { Supervisor } from '../domain/supervisor.js';

/** The time that decisions are made by. */
export interface TimeSource {
  /** Now, and how far it can be trusted. Never earlier than anything that this terminal has recorded. */
  now(): { readonly ms: number; readonly quality: TimeQuality };
}

/** Versions of the lists in force; 0 for a list that the terminal never had. */
export interface TrustVersions {
  readonly keys: number;
  readonly terminals: number;
  readonly hotlist: number;
  readonly policy: number;
  readonly actions: number;
}

/** What the terminal trusts now. A change replaces all of a list or nothing of it. */
export interface Trust {
  /** Every issuer key with this id: ids are short and may collide. */
  issuerKeys(keyId: Uint8Array): readonly IssuerKey[];
  /** Every terminal key with this id. */
  terminalKeys(keyId: Uint8Array): readonly TerminalKey[];
  /** True when the card with this serial is blocked. */
  isHotlisted(card: number): boolean;
  /** What the authority wants done to a card at its next tap, and the newest endorsement that it must show; null for nothing. */
  cardAction(card: number): CardAction | null;
  /** Every key of other systems' issuers whose Claim 169 codes are believed as an identity; at most 100. */
  foreignKeys(): readonly ForeignKey[];
  policy(): Policy;
  versions(): TrustVersions;
}

/** A site as the authority lists it: what the conditions of programmes look at. */
export interface ListedSite {
  readonly site: string;
  /** Stands for it on cards and in events. */
  readonly number: number;
  /** E.g. `bakery`, `family-unit`, `hospital`, `post-office`. */
  readonly kind: string;
  /** Governorate or district. */
  readonly area: string;
  readonly accredited: boolean;
}

/** What the authority says of sites, from the same lists. */
export interface SiteTrust {
  /** The site with this id; null for one that is not described. */
  site(name: string): ListedSite | null;
  /** Area of the site with this number; null where none is described. */
  areaOf(number: number): string | null;
  /** Accredited sites of a kind, by number. */
  sitesOf(kind: string): readonly ListedSite[];
}

/** Whom the authority lets serve, and allow what a clerk may not, from the same lists. */
export interface SupervisorTrust {
  /** Everybody, of every site and role; at most 5,000. */
  supervisors(): readonly Supervisor[];
}

/** What a supervisor's PIN came to. `code`: `ERR_PIN`, `ERR_PIN_LOCKED`, or `ERR_VOID_ROLE` for nobody of this site. */
export type PinVerdict = { readonly allowed: true } | { readonly allowed: false; readonly code: ErrorCode };

/** The supervisors of one terminal's site, and how they show that it is them, without a network. */
export interface Supervisors {
  /** Those whose time has begun and is not over, by name. */
  here(): readonly { readonly number: number; readonly name: string }[];
  /** Checks a PIN. The try is counted durably before it is judged. Rejects with `ERR_DATA_FOLDER` or `ERR_JOURNAL_SPACE` when it cannot be counted. */
  authorise(number: number, pin: string): Promise<PinVerdict>;
}

/** Somebody who serves. */
export interface OperatorView {
  readonly number: number;
  readonly name: string;
  readonly role: string;
}

/** What a log-in came to. `code`: `ERR_PIN`, `ERR_PIN_LOCKED`, or `ERR_OPERATOR_ROLE` for nobody of this site. */
export type LogInVerdict =
  | { readonly allowed: true; readonly operator: OperatorView }
  | { readonly allowed: false; readonly code: ErrorCode };

/** Those who serve at one terminal's site, whatever their role but that of a supervisor, and how they show that it is them, without a network. */
export interface Operators {
  /** Those whose time has begun and is not over, by name. None: the site has no log-in. */
  present(): readonly OperatorView[];
  /** Checks a PIN, as {@link Supervisors.authorise} does. */
  logIn(number: number, pin: string): Promise<LogInVerdict>;
}

/** The session of one desk. */
export interface Session {
  /** Whether somebody has to log in. */
  isNeeded(): boolean;
  /** Who is logged in; null for nobody. */
  current(): OperatorView | null;
  /** Those who may, by name. */
  operators(): readonly OperatorView[];
  /** Begins a session with the right PIN, in the place of one that there is. Rejects as `Operators.logIn`. */
  logIn(number: number, pin: string): Promise<LogInVerdict>;
  logOut(): void;
  /** Calls the listener when somebody logs in or out; returns how to stop. What ends by itself is seen when it is asked for. */
  subscribe(listener: () => void): () => void;
}
