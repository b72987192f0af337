/** The insurer's own table of its members: events name cards, and not whose plan pays for them. */
import { createHash } from 'node:crypto';
import { WaslError } from '../../../agent/domain/errors.js';
import type { Member } from './records.js';

/** Columns of the table. */
export const MEMBER_COLUMNS = ['card', 'plan', 'class'] as const;

/** A row of a table, as whoever reads tables has it. */
export interface MemberRow {
  /** Line of the file, from 1. */
  readonly line: number;
  /** By the names of columns. */
  readonly cells: ReadonlyMap<string, string>;
  /** What is wrong with the row as such, or null. */
  readonly fault: string | null;
}

/** Members by the serial of their card. */
export interface Members {
  of(card: number): Member | null;
  /** Changes with what the table says, in whatever order. */
  readonly mark: string;
}

const MISTAKES_MAX = 20;

/** Reads the rows of a table. Throws `ERR_CONFIG`, which names each mistake with its line. */
export function membersFrom(rows: readonly MemberRow[]): Members {
  const members = new Map<number, Member>();
  const mistakes: string[] = [];
  for (const { line, cells, fault } of rows) {
    const [card, plan, level] = MEMBER_COLUMNS.map((column) => wholeNumber(cells.get(column)));
    if (fault !== null) mistakes.push(`line ${line}: ${fault}`);
    else if (card == null || plan == null || level == null)
      mistakes.push(`line ${line}: card, plan and class are whole numbers`);
    else if (members.has(card)) mistakes.push(`line ${line}: card ${card} stands in the table already`);
    else members.set(card, { plan, class: level });
  }
  if (mistakes.length > 0) {
    const more = mistakes.length > MISTAKES_MAX ? `\n  and ${mistakes.length - MISTAKES_MAX} more` : '';
    const told = mistakes.slice(0, MISTAKES_MAX).map((one) => `  ${one}`);
    throw new WaslError('ERR_CONFIG', `the table of members has mistakes:\n${told.join('\n')}${more}`);
  }
  return { of: (card) => members.get(card) ?? null, mark: markOf(members) };
}

function markOf(members: ReadonlyMap<number, Member>): string {
  const hash = createHash('sha256');
  for (const [card, { plan, class: level }] of [...members].sort(([a], [b]) => a - b))
    hash.update(`${card} ${plan} ${level}\n`);
  return hash.digest('hex');
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}
