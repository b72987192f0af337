/**
 * A small tree to hold the import rules against: files that are allowed to be as they are, and files that each break
 * one rule. `import-rules.test.ts` writes them into a temporary folder and runs the real tool over them.
 */

/** A file that breaks a rule. */
export interface Plant {
  readonly rule: string;
  readonly path: string;
  readonly source: string;
  /** What is wrong with it. */
  readonly why: string;
}

/** Packages that the planted files import: the tool only looks where they lie and what package.json says of them. */
const DEPENDENCIES = [
  '@fastify/static',
  '@serialport/parser-readline',
  'cborg',
  'commander',
  'fastify',
  'mqtt',
  'nano',
].concat(['nfc-pcsc', 'pouchdb', 'serialport', 'tweetnacl', 'zod']);
const DEVELOPMENT = ['preact', 'vitest', 'express'];

/** Manifest and packages of the fixture tree. */
export const FIXTURE_PACKAGES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'fixture',
    type: 'module',
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, '1.0.0'])),
    devDependencies: Object.fromEntries(DEVELOPMENT.map((name) => [name, '1.0.0'])),
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext' } }),
  ...Object.fromEntries(
    [...DEPENDENCIES, ...DEVELOPMENT, 'stowaway'].flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
      [`node_modules/${name}/index.js`, 'module.exports = {};'],
    ]),
  ),
};

/** Files that break no rule, and that the planted ones import. */
export const ALLOWED: Readonly<Record<string, string>> = {
  'agent/domain/words.ts': `export const words = 1; export type Words = number;`,
  'agent/domain/more.ts': `import { words } from './words.js'; export const more = words;`,
  'agent/credential/bytes.ts': `import 'node:crypto'; import 'node:zlib'; import 'cborg'; import '../domain/words.js';`,
  'agent/services/ration/decide.ts': `import '../../domain/words.js';`,
  'agent/journal/journal.ts': `import type { Words } from '../domain/words.js'; export type Journal = Words;`,
  'agent/journal/node-disk.ts': `import 'node:fs/promises'; import 'pouchdb'; import './journal.js'; import '../../sync/protocol/wire.js';`,
  'agent/trust/trust.ts': `import type { Words } from '../domain/words.js'; export type Trust = Words;`,
  'agent/trust/lists.ts': `import 'node:fs'; import 'zod'; import './trust.js'; import '../credential/bytes.js';`,
  'agent/tap/tap.ts': `import '../../drivers/reader.js'; import '../journal/journal.js'; import '../services/ration/decide.js';`,
  'agent/cards/csv.ts': `import '../domain/words.js'; export const table = 1;`,
  'agent/roster/import.ts': `import 'node:zlib'; import '../cards/csv.js'; import '../../sync/protocol/wire.js'; import '../journal/journal.js';`,
  'agent/kiosk/state.ts': `import type { Words } from '../domain/words.js'; export type State = Words;`,
  'agent/kiosk/server.ts': `import 'node:http'; import 'fastify'; import './state.js';`,
  'agent/kiosk/backend.ts': `import '../tap/tap.js'; import './state.js';`,
  'agent/kiosk/web/page.tsx': `import { h } from 'preact'; import '../state.js'; import '../../domain/words.js'; export const p = h;`,
  'agent/kiosk/web/vite.config.ts': `import 'vitest'; import 'node:path';`,
  'agent/terminal.ts': `import './tap/tap.js'; import '../drivers/reader.js'; import './kiosk/backend.js';`,
  'agent/main.ts': `import './terminal.js'; import './journal/node-disk.js'; import '../drivers/pcsc/reader.js'; import './kiosk/server.js';`,
  'agent/cli/main.ts': `import 'commander'; import '../main.js'; import '../../sync/bridge/worker.js';`,
  'drivers/reader.ts': `import type { Words } from '../agent/domain/words.js'; export type Reader = Words;`,
  'drivers/medium.ts': `import type { Reader } from './reader.js'; export type Medium = Reader;`,
  'drivers/pcsc/reader.ts': `import 'nfc-pcsc'; import '../reader.js'; import './apdu.js'; import '../../agent/credential/bytes.js';`,
  'drivers/pcsc/apdu.ts': `import '../../agent/domain/words.js';`,
  'drivers/serial/port.ts': `import 'serialport'; import '@serialport/parser-readline'; import '../reader.js';`,
  'sync/protocol/wire.ts': `import 'node:zlib'; import 'tweetnacl'; import '../../agent/credential/bytes.js';`,
  'sync/link/link.ts': `import type { Words } from '../../agent/domain/words.js'; export type Link = Words;`,
  'sync/uplink/mqtt.ts': `import 'mqtt'; import '../link/link.js'; import '../protocol/wire.js'; import '../../agent/journal/journal.js';`,
  'sync/bridge/store.ts': `import type { Words } from '../../agent/domain/words.js'; export type Store = Words;`,
  'sync/bridge/worker.ts': `import 'nano'; import './store.js'; import '../protocol/wire.js';`,
  'simulators/site/main.ts': `import '../../agent/main.js'; import 'express'; import '../../drivers/pcsc/apdu.js';`,
  'test/a.test.ts': `import 'vitest'; import '../simulators/site/main.js'; import '../agent/tap/tap.js';`,
  'scripts/run.mjs': `import 'node:fs'; import './lib/helper.mjs';`,
  'scripts/lib/helper.mjs': `import 'node:timers/promises';`,
};

/** A cycle takes two files; types alone make one as well. */
export const CYCLE: Readonly<Record<string, string>> = {
  'agent/domain/hen.ts': `import type { Egg } from './egg.js'; export type Hen = Egg;`,
};

/** One import statement as a plant. */
function plant(rule: string, path: string, module: string, why: string): Plant {
  return { rule, path, source: `import '${module}';`, why };
}

/** One type-only import as a plant: it leaves no trace in the compiled code and still counts. */
function plantType(rule: string, path: string, module: string, why: string): Plant {
  return { rule, path, source: `import type { T } from '${module}'; export type U = T;`, why };
}

/** At least one file against each rule. */
export const PLANTED: readonly Plant[] = [
  plant('domain-imports-nothing', 'agent/domain/p1.ts', 'node:fs', 'a disk'),
  plant('domain-imports-nothing', 'agent/domain/p2.ts', 'zod', 'a package'),
  plantType('domain-imports-nothing', 'agent/domain/p3.ts', '../../drivers/reader.js', 'the type of a port'),
  plant('credential-is-pure', 'agent/credential/p1.ts', 'node:fs', 'a disk'),
  plant('credential-is-pure', 'agent/credential/p2.ts', 'zod', 'a package that is none of its own'),
  plant('services-are-pure', 'agent/services/ration/p1.ts', 'node:crypto', 'randomness'),
  plantType('services-are-pure', 'agent/services/ration/p2.ts', '../../journal/journal.js', 'the type of a port'),
  plantType('ports-know-only-the-domain', 'agent/trust/trust.ts', './lists.js', 'its implementation'),
  plant('protocol-is-pure', 'sync/protocol/p1.ts', 'node:net', 'a socket'),
  plant('protocol-is-pure', 'sync/protocol/p2.ts', '../uplink/mqtt.js', 'who uses it'),
  plant('drivers-know-only-ports', 'drivers/pcsc/p1.ts', '../../agent/tap/tap.js', 'who uses it'),
  plantType('drivers-know-only-ports', 'drivers/pcsc/p2.ts', '../../sync/uplink/mqtt.js', 'a type of sync'),
  plant('drivers-do-not-know-each-other', 'drivers/pcsc/p3.ts', '../serial/port.js', 'another family'),
  plant('sync-knows-only-ports', 'sync/uplink/p1.ts', '../../agent/journal/node-disk.js', 'an implementation'),
  plant('sync-knows-only-ports', 'sync/bridge/p1.ts', '../../drivers/pcsc/apdu.js', 'a driver'),
  plant('terminal-and-centre-share-only-the-protocol', 'sync/uplink/p2.ts', '../bridge/worker.js', 'the other end'),
  plantType(
    'centre-and-terminal-share-only-the-protocol',
    'sync/bridge/p2.ts',
    '../uplink/mqtt.js',
    'a type of the other end',
  ),
  plant('journal-knows-only-ports-and-the-protocol', 'agent/journal/p1.ts', '../tap/tap.js', 'who writes to it'),
  plant('journal-knows-only-ports-and-the-protocol', 'agent/journal/p2.ts', '../../sync/uplink/mqtt.js', 'the uplink'),
  plant('trust-knows-only-ports', 'agent/trust/p1.ts', '../journal/node-disk.js', 'an implementation'),
  plant(
    'roster-knows-only-ports-and-the-protocol',
    'agent/roster/p1.ts',
    '../journal/node-disk.js',
    'an implementation',
  ),
  plantType('health-knows-only-ports-and-the-protocol', 'agent/health/p1.ts', '../tap/tap.js', 'who asks it'),
  plantType('roster-knows-only-ports-and-the-protocol', 'agent/roster/p2.ts', '../tap/tap.js', 'who asks it'),
  plant('tap-knows-only-ports', 'agent/tap/p1.ts', '../journal/node-disk.js', 'an implementation'),
  plantType('tap-knows-only-ports', 'agent/tap/p2.ts', '../../drivers/pcsc/reader.js', 'the type of an implementation'),
  plant('tap-knows-only-ports', 'agent/tap/p3.ts', 'node:fs', 'a disk'),
  plant('kiosk-knows-only-ports', 'agent/kiosk/p1.ts', '../../drivers/serial/port.js', 'a driver'),
  plant('kiosk-knows-only-ports', 'agent/kiosk/p5.ts', '../journal/node-disk.js', 'the journal past the terminal'),
  plant('kiosk-knows-only-ports', 'agent/kiosk/p2.ts', './web/page.js', 'the page, which a browser runs'),
  plant('terminal-knows-only-ports', 'agent/p1.ts', './journal/node-disk.js', 'an implementation'),
  plant('terminal-knows-only-ports', 'agent/p5.ts', './kiosk/server.js', 'an implementation'),
  plantType('terminal-knows-only-ports', 'agent/p2.ts', '../sync/uplink/mqtt.js', 'the type of an implementation'),
  plant('nobody-imports-the-composition', 'agent/kiosk/p3.ts', '../main.js', 'the composition'),
  plant('nobody-imports-the-composition', 'sync/uplink/p3.ts', '../../agent/cli/main.js', 'the composition'),
  plant('production-imports-no-simulator-or-test', 'agent/cli/p1.ts', '../../simulators/site/main.js', 'a simulator'),
  plantType('production-imports-no-simulator-or-test', 'sync/bridge/p3.ts', '../../test/a.test.js', 'a test'),
  plant('production-uses-no-development-package', 'agent/cli/p2.ts', 'express', 'not installed on a terminal'),
  plant('kiosk-page-stands-alone', 'agent/kiosk/web/p1.tsx', 'node:fs', 'a browser has no disk'),
  plant('kiosk-page-stands-alone', 'agent/kiosk/web/p2.tsx', '../server.js', 'the server'),
  plant('kiosk-page-stands-alone', 'agent/kiosk/web/p3.tsx', 'zod', 'a package'),
  plant('scripts-need-no-packages', 'scripts/p1.mjs', 'zod', 'not there yet'),
  plant('scripts-need-no-packages', 'scripts/p2.mjs', '../agent/domain/words.ts', 'not compiled yet'),
  plant('packages-are-declared', 'simulators/site/p1.ts', 'stowaway', 'there by accident'),
  plant('packages-are-declared', 'simulators/site/p2.ts', './gone.js', 'not there'),
  plant('@fastify/static-stays-in-its-room', 'sync/bridge/p4.ts', '@fastify/static', 'pages in the bridge'),
  plant(
    '@serialport/parser-readline-stays-in-its-room',
    'drivers/pcsc/p4.ts',
    '@serialport/parser-readline',
    'lines in PC/SC',
  ),
  plant('commander-stays-in-its-room', 'agent/p3.ts', 'commander', 'the command line in the terminal'),
  plant('fastify-stays-in-its-room', 'agent/journal/p3.ts', 'fastify', 'HTTP in the journal'),
  plant('mqtt-stays-in-its-room', 'agent/p4.ts', 'mqtt', 'the broker past the uplink'),
  plant('nano-stays-in-its-room', 'agent/journal/p4.ts', 'nano', 'the central database on a terminal'),
  plant('nfc-pcsc-stays-in-its-room', 'drivers/serial/p1.ts', 'nfc-pcsc', 'PC/SC in the serial driver'),
  plant('pouchdb-stays-in-its-room', 'agent/kiosk/p4.ts', 'pouchdb', 'the record past its port'),
  plant('serialport-stays-in-its-room', 'drivers/media/p1.ts', 'serialport', 'a port in a codec'),
  plantType('no-cycles', 'agent/domain/egg.ts', './hen.js', 'and hen.ts imports a type of it'),
  { rule: 'no-orphans', path: 'agent/domain/alone.ts', source: 'export const alone = 1;', why: 'nobody knows it' },
];
