/** Commands that the pages print are typed as they stand: each has to be there, with its options and as many words as it takes. */
import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { GROUPS } from '../../agent/cli/groups.js';
import { commands as simulatorCommands } from '../../simulators/commands.js';
import { filesUnder, ROOT, readText } from './repository.js';

/** What is printed for whoever reads it. Notes of decisions and the changelog tell of what was. */
async function pages(): Promise<readonly string[]> {
  const here = readdirSync(ROOT).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md');
  const below = (await Promise.all(['docs', 'systemd'].map((folder) => filesUnder(folder, ['.md'])))).flat();
  return [...here, ...below.filter((path) => !path.startsWith('docs/decisions/'))];
}

interface Printed {
  readonly at: string;
  readonly words: readonly string[];
  /** A line to type, not a name in a sentence: what must be said has to be there. */
  readonly isWhole: boolean;
}

/** The commands of one page: lines of code that begin with `wasl`, and code in sentences that does. */
function commandsIn(path: string, text: string): Printed[] {
  const printed: Printed[] = [];
  let isCode = false;
  for (const [index, line] of text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .entries()) {
    const at = `${path}:${index + 1}`;
    if (line.trimStart().startsWith('```')) isCode = !isCode;
    else if (isCode) {
      const found = /^\s*(?:\$ |sudo )*(?:npx )?wasl (.*)$/.exec(line)?.[1];
      if (found !== undefined) printed.push({ at, words: wordsOf(found), isWhole: !found.includes('…') });
    } else {
      for (const [, found = ''] of line.matchAll(/`(?:npx )?wasl ([^`]*)`/g))
        printed.push({ at, words: wordsOf(found), isWhole: false });
    }
  }
  return printed;
}

/** The words of a command line, up to a comment, a pipe or what ends it. */
function wordsOf(rest: string): string[] {
  const words = rest.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const end = words.findIndex((word) => ['#', '|', '\\|', '>', '&&', '<'].includes(word) || word.startsWith('#'));
  return (end === -1 ? words : words.slice(0, end)).filter((word) => word !== '…');
}

/** What is wrong with a command; null when it could be typed so. */
function mistakeIn(groups: ReadonlyMap<string, Command>, { words, isWhole }: Printed): string | null {
  const [name = '', ...rest] = words;
  // `wasl conformance reader|card|qr` and `wasl GROUP` name several.
  if (name === '' || name.startsWith('-') || /[|A-Z]/.test(words.join(' ').split(' --')[0] ?? '')) {
    if (!groups.has(name)) return null;
  }
  const group = groups.get(name);
  if (group === undefined) return `there is no "${name}"`;
  let command: Command = group;
  while (command.commands.length > 0) {
    const next: string | undefined = rest[0];
    if (next === undefined || next.startsWith('-') || next.includes('|')) return null;
    const child: Command | undefined = command.commands.find(
      (one) => one.name() === next || one.aliases().includes(next),
    );
    if (child === undefined)
      return command.registeredArguments.length > 0 ? null : `"${command.name()}" has no "${next}"`;
    command = child;
    rest.shift();
  }
  return mistakeInWords(command, rest, isWhole);
}

function mistakeInWords(command: Command, rest: readonly string[], isWhole: boolean): string | null {
  let places = 0;
  const said = new Set<string>();
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '--help') continue;
    if (!word.startsWith('-')) {
      places += 1;
      continue;
    }
    const option = command.options.find(({ long, short }) => [long, short].includes(word.split('=')[0]));
    if (option === undefined) return `"${command.name()}" has no option ${word}`;
    said.add(option.attributeName());
    if (option.required && !word.includes('=')) at += 1;
  }
  const { registeredArguments } = command;
  if (!registeredArguments.some(({ variadic }) => variadic) && places > registeredArguments.length)
    return `"${command.name()}" takes ${registeredArguments.length} words, not ${places}`;
  if (!isWhole || rest.includes('--help')) return null;
  if (places < registeredArguments.filter(({ required }) => required).length)
    return `"${command.name()}" needs more words`;
  const missing = command.options.find(
    (one) => one.mandatory && one.defaultValue === undefined && !said.has(one.attributeName()),
  );
  return missing === undefined ? null : `"${command.name()}" needs ${missing.long}`;
}

describe('the commands that pages print', () => {
  const groups = new Map<string, Command>();

  beforeAll(async () => {
    for (const { name, load } of GROUPS) groups.set(name, await load());
    for (const command of simulatorCommands()) groups.set(command.name(), command);
  });

  it('are there, with their options', async () => {
    const printed = (await pages()).flatMap((path) => commandsIn(path, readText(path)));
    expect(printed.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(80);
    const mistakes = printed.flatMap((one) => {
      const mistake = mistakeIn(groups, one);
      return mistake === null ? [] : [`${one.at}: wasl ${one.words.join(' ')}: ${mistake}`];
    });
    expect(mistakes).toEqual([]);
  });

  it.each([
    ['```sh\nwasl policy chek a.json\n```', /no "chek"/],
    ['```sh\nwasl policy print a.json --language ar   # a page\n```', /no option --language/],
    ['```sh\nwasl policy diff old.json\n```', /needs more words/],
    ['```sh\nwasl policy explain a.json --claims \'{"a": 1}\'\n```', /needs --date/],
    ['```sh\nnpx wasl policy check a.json b.json\n```', /takes 1 words, not 2/],
    ['Type `wasl polcy check`.', /no "polcy"/],
  ])('are looked at closely: %j', (page, mistake) => {
    const [printed] = commandsIn('page.md', page);
    expect(printed === undefined ? null : mistakeIn(groups, printed)).toMatch(mistake);
  });

  it('run scripts that the package has', async () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const missing = (await pages()).flatMap((path) =>
      [...readText(path).matchAll(/npm run ([\w:-]+)/g)].flatMap(([, name = '']) =>
        name in scripts ? [] : [`${path}: npm run ${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});
