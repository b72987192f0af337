/** Lines for some holders: the first one that names a holder counts, so a line behind others that take all of its holders never does. */
import { type KnownProgramme, numbersIn, type Place, placesIn } from './places.js';
import type { Report } from './problem.js';

type List = readonly (number | undefined)[];

/** What is well-formed of whom a line is for. */
export interface KnownHolderLine {
  readonly schemes?: List | undefined;
  readonly plans?: List | undefined;
  readonly classes?: List | undefined;
}

/** Whom the programme serves at all. */
export type Served = Pick<KnownProgramme, 'schemes' | 'coverage'>;

/** A holder as lines see them; null for a value that no line names. */
interface Kind {
  readonly scheme: number | null;
  readonly plan: number | null;
  readonly class: number | null;
}

/** Most kinds of holders that one line is looked at for; with more it is not said whether others hide it. */
const KINDS_MAX = 4096;

/** Reports lines that nobody reaches, and schemes and plans that the programme does not serve. */
export function checkHolderLines(lines: readonly Place<KnownHolderLine>[], served: Served, report: Report): void {
  for (const [i, line] of lines.entries()) {
    checkServed(line, served, report);
    // A line that is not known well enough is neither hidden nor hides.
    if (!isWhole(line.value)) continue;
    const earlier = lines.slice(0, i).filter(({ value }) => isWhole(value));
    const kinds = kindsOf(line.value, served);
    if (kinds.length > KINDS_MAX) continue;
    const by = new Set<Place<KnownHolderLine>>();
    const isHidden = kinds.every((kind) => {
      const taker = earlier.find(({ value }) => takes(value, kind));
      if (taker !== undefined) by.add(taker);
      return taker !== undefined;
    });
    if (!isHidden) continue;
    report({
      path: line.path,
      kind: 'unreachable',
      message: `never counts: earlier lines (${[...by].map(({ path }) => path.at(-1)).join(', ')}) take all of its holders`,
      remedy: 'move it before them, or remove it',
    });
  }
}

function isWhole(line: KnownHolderLine): boolean {
  return (['schemes', 'plans', 'classes'] as const).every(
    (member) => !(member in line) || line[member]?.includes(undefined) === false,
  );
}

function takes(line: KnownHolderLine, kind: Kind): boolean {
  const has = (list: List | undefined, value: number | null): boolean =>
    list === undefined || (value !== null && list.includes(value));
  return has(line.schemes, kind.scheme) && has(line.plans, kind.plan) && has(line.classes, kind.class);
}

/** The kinds of holders that a line names. What neither the line nor the programme bounds is one kind more than anybody names. */
function kindsOf(line: KnownHolderLine, { schemes, coverage }: Served): Kind[] {
  const covered = coverage?.plans;
  const isKnown = covered?.every((one) => one?.plan !== undefined) === true;
  const classesOf = (plan: number | null): readonly (number | null)[] => {
    const classes = line.classes ?? covered?.find((one) => one?.plan === plan)?.classes;
    return classes === undefined || classes.includes(undefined) ? [null] : numbersIn(classes);
  };
  const ofProgramme = schemes === undefined || schemes.length === 0 ? [null] : numbersIn(schemes);
  const ofCoverage = isKnown ? numbersIn(covered.map((one) => one?.plan)) : [null];
  const plans: readonly (number | null)[] = line.plans === undefined ? ofCoverage : numbersIn(line.plans);
  return (line.schemes === undefined ? ofProgramme : numbersIn(line.schemes)).flatMap((scheme) =>
    plans.flatMap((plan) => classesOf(plan).map((one) => ({ scheme, plan, class: one }))),
  );
}

function checkServed({ value, path }: Place<KnownHolderLine>, { schemes, coverage }: Served, report: Report): void {
  const known = schemes ?? [];
  if (known.length > 0 && !known.includes(undefined)) {
    for (const scheme of placesIn(value.schemes, [...path, 'schemes'])) {
      if (known.includes(scheme.value)) continue;
      report({
        path: scheme.path,
        kind: 'unreachable',
        message: `scheme ${scheme.value} is not served by the programme, so the line never counts for it`,
        remedy: 'remove it, or add the scheme to "schemes"',
      });
    }
  }
  if (coverage?.plans === undefined || coverage.plans.some((one) => one?.plan === undefined)) return;
  for (const plan of placesIn(value.plans, [...path, 'plans'])) {
    if (coverage.plans.some((one) => one?.plan === plan.value)) continue;
    report({
      path: plan.path,
      kind: 'unreachable',
      message: `plan ${plan.value} is not covered by the programme, so the line never counts for it`,
      remedy: 'remove it, or add the plan to "coverage.plans"',
    });
  }
}
