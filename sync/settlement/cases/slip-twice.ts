/**
 * A slip that was used of more often than it was written for. Paper can be shown at two terminals, and copied; each remembers what it gave itself, and only the centre
 * sees both. How much a slip was written for is signed on it, and every event that uses one repeats it: the centre needs no other event to judge.
 */
import type { SlipDocument } from '../documents.js';
import { type SlipUse, slipUses } from '../projections/distinct.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';

/** Id of the case. */
export function slipTwiceId({ slip }: Pick<SlipDocument, 'slip'>, commodity: number): string {
  return `slip-twice:${slip}:${commodity}`;
}

/** Judges what was used of a slip. */
export function judgeSlipTwice(document: SlipDocument): Verdicts {
  const findings = new Map<string, Finding>();
  const uses = slipUses(document);
  for (const [key, units] of Object.entries(document.used)) {
    const commodity = Number(key);
    const of = uses.filter(({ told }) => told.papers.some((paper) => paper.commodity === commodity));
    const papers = of.flatMap(({ told }) => told.papers.filter((paper) => paper.commodity === commodity));
    const most = Math.max(...papers.map((paper) => paper.of));
    if (units > most)
      findings.set(slipTwiceId(document, commodity), findingFor({ document, commodity, units, most }, of));
  }
  return findings;
}

interface Excess {
  readonly document: SlipDocument;
  readonly commodity: number;
  readonly units: number;
  readonly most: number;
}

function findingFor({ document, commodity, units, most }: Excess, uses: readonly SlipUse[]): Finding {
  const terminals = [...new Set(uses.map(({ terminal }) => terminal))].sort();
  const days = [...new Set(uses.map(({ told }) => told.day))].sort();
  const [cause, why]: [LikelyCause, string] =
    terminals.length > 1
      ? ['clone', 'Neither terminal could know what the other had given: paper is shown twice, or copied.']
      : ['terminal', 'One terminal gave all of it, which it should have refused: its data were put back, or lost.'];
  const [first] = uses;
  const { card, roster, person, programme } = first?.told ?? {};
  return {
    kind: 'slip-twice',
    cause,
    reason: `Slip ${document.slip} was used for ${units} of commodity ${commodity}, written for ${most}: at ${terminals.join(', ')} on ${days.join(', ')}. ${why}`,
    subject: {
      ...{ slip: document.slip, commodity },
      ...(card === undefined ? {} : { card }),
      ...(roster === undefined ? {} : { roster }),
      ...(person === undefined ? {} : { person }),
      ...(programme === undefined ? {} : { programme }),
      ...(terminals.length === 1 && terminals[0] !== undefined ? { terminal: terminals[0] } : {}),
    },
    events: uses.flatMap(({ events }) => events),
    healed: null,
  };
}
