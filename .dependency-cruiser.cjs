/**
 * Which part may import which: the layout of Wasl as rules that fail a build. `npm run check` applies them and
 * `test/repository/import-rules.test.ts` shows of each that it bites. Types count like values: a type is knowledge too.
 *
 * Paths are regular expressions over paths from the root of the repository; a built-in module of Node appears under
 * its bare name (`fs`), a package under `node_modules/`.
 */

/** Interfaces that implementations stand behind. Everything may know these; a new port is added here. */
const PORTS = [
  'drivers/reader.ts',
  'drivers/medium.ts',
  'drivers/payment.ts',
  'agent/journal/disk.ts',
  'agent/journal/journal.ts',
  'agent/journal/slips.ts',
  'agent/journal/health-steps.ts',
  'agent/journal/record-store.ts',
  'agent/trust/trust.ts',
  'sync/link/link.ts',
  'sync/bridge/store.ts',
  'agent/kiosk/state.ts',
  'agent/kiosk/holder-state.ts',
  'agent/kiosk/books-state.ts',
  'agent/kiosk/offer-state.ts',
  'agent/kiosk/slip-state.ts',
  'agent/kiosk/health-state.ts',
  'agent/kiosk/pin-state.ts',
].map(exactly);

const DOMAIN = '^agent/domain/';
const CREDENTIAL = '^agent/credential/';
const SERVICES = '^agent/services/';
const PROTOCOL = '^sync/protocol/';
/** What holds no state and touches no device: whoever may know ports may know these. */
const PURE = [DOMAIN, CREDENTIAL, SERVICES];
/** Packages and built-in modules are not what these rules are about, except where one says so. */
const OUTSIDE = ['^node_modules/', '^[a-z0-9_/]+$'];

const PRODUCTION = '^(agent|drivers|sync)/';
const PAGE = '^agent/kiosk/web/';
/** Build settings run on the developer's machine, wherever they lie. */
const BUILD_SETTINGS = '(^|/)(vite|vitest)\\.config\\.ts$';

/** Where each package with a side effect may be used: the adapter that hides it from everyone else. */
const ROOMS = {
  '@fastify/static': ['^agent/kiosk/', '^sync/console/'],
  '@serialport/parser-readline': ['^drivers/serial/'],
  commander: ['^agent/cli/'],
  fastify: ['^agent/kiosk/', '^sync/console/'],
  mqtt: ['^sync/'],
  nano: ['^sync/'],
  'nfc-pcsc': ['^drivers/pcsc/'],
  pouchdb: ['^agent/journal/'],
  serialport: ['^drivers/serial/', '^drivers/printer/'],
};

/** @param {string} path */
function exactly(path) {
  return `^${path.replaceAll('.', '\\.')}$`;
}

/**
 * Files under `from` may import what `allowed` names, and nothing else.
 * @param {string} name
 * @param {string} comment
 * @param {string | { path: string | string[], pathNot?: string | string[] }} from
 * @param {string[]} allowed
 */
function only(name, comment, from, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: typeof from === 'string' ? { path: from } : from,
    to: { pathNot: allowed },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only(
      'domain-imports-nothing',
      'The domain is the language everything else is written in. Without a clock, randomness or a disk it runs anywhere and is tested by calling it.',
      DOMAIN,
      [DOMAIN],
    ),
    only(
      'credential-is-pure',
      'Bytes to domain and back. It computes, so it may use hashes, inflate and CBOR; it never reads a file or a socket.',
      CREDENTIAL,
      [CREDENTIAL, DOMAIN, '^(crypto|zlib)$', '^node_modules/cborg/'],
    ),
    only(
      'services-are-pure',
      'decide() and apply() must give the same answer on the terminal, at the centre and in a simulation.',
      SERVICES,
      [SERVICES, DOMAIN],
    ),
    only(
      'ports-know-only-the-domain',
      'A port that knew an implementation would carry it to everyone who uses the port.',
      { path: PORTS },
      [DOMAIN, ...PORTS],
    ),
    only(
      'protocol-is-pure',
      'The wire format is shared by journal, uplink and bridge, and published: bytes in, values out, no I/O.',
      PROTOCOL,
      [PROTOCOL, DOMAIN, CREDENTIAL, '^(crypto|zlib)$', '^node_modules/(cborg|tweetnacl)/'],
    ),
    only(
      'drivers-know-only-ports',
      'A reader is replaced without touching the terminal, and the terminal without touching a reader.',
      '^drivers/',
      ['^drivers/', ...PURE, ...PORTS, ...OUTSIDE],
    ),
    {
      name: 'drivers-do-not-know-each-other',
      comment:
        'Each family of readers can be left out or added alone; what two share belongs in the port, or, for watching a process, in drivers/supervised.',
      severity: 'error',
      from: { path: '^drivers/([^/]+)/' },
      to: { path: '^drivers/[^/]+/', pathNot: ['^drivers/$1/', '^drivers/supervised/'] },
    },
    only(
      'sync-knows-only-ports',
      'Sync moves events; which journal holds them and which reader made them is not its business.',
      '^sync/',
      ['^sync/', ...PURE, ...PORTS, ...OUTSIDE],
    ),
    {
      name: 'terminal-and-centre-share-only-the-protocol',
      comment:
        'They run on different machines and are updated on different days: all they may share is the protocol and its link.',
      severity: 'error',
      from: { path: '^sync/(uplink|downlink)/' },
      to: { path: '^sync/(bridge|settlement|authority|console|recovery)/' },
    },
    {
      name: 'centre-and-terminal-share-only-the-protocol',
      comment: 'The other way round, for the same reason.',
      severity: 'error',
      from: { path: '^sync/(bridge|settlement|authority|console|recovery)/' },
      to: { path: '^sync/(uplink|downlink)/' },
    },
    only(
      'journal-knows-only-ports-and-the-protocol',
      'The journal stores the very bytes that go over the wire, so it knows the protocol; it knows nobody who writes to it.',
      '^agent/journal/',
      ['^agent/journal/', ...PURE, ...PORTS, PROTOCOL, ...OUTSIDE],
    ),
    only(
      'trust-knows-only-ports',
      'Whom to trust is decided from signed lists alone, not from who happens to ask.',
      '^agent/trust/',
      ['^agent/trust/', ...PURE, ...PORTS, ...OUTSIDE],
    ),
    only(
      'roster-knows-only-ports-and-the-protocol',
      'Lists of persons are kept like the journal, under keys of the same kind, and read from tables like those of cards; who is served by them is decided elsewhere.',
      '^agent/roster/',
      [
        '^agent/roster/',
        ...PURE,
        ...PORTS,
        PROTOCOL,
        exactly('agent/journal/keys.ts'),
        exactly('agent/cards/csv.ts'),
        ...OUTSIDE,
      ],
    ),
    only(
      'health-knows-only-ports-and-the-protocol',
      'Health records are sealed here and nowhere else on a terminal; their keys come down as lists of persons do. Who may open them the services say.',
      '^agent/health/',
      ['^agent/health/', ...PURE, ...PORTS, PROTOCOL, exactly('agent/roster/sealed-roster.ts'), ...OUTSIDE],
    ),
    only(
      'tap-knows-only-ports',
      'The order of a tap is the heart of the promise: it must run unchanged over simulated parts.',
      '^agent/tap/',
      ['^agent/tap/', ...PURE, ...PORTS],
    ),
    only(
      'kiosk-knows-only-ports',
      'The screen shows the state of a tap and sends it commands; it cannot reach past it to a reader or a file.',
      { path: '^agent/kiosk/', pathNot: PAGE },
      [
        '^agent/kiosk/(?!web/)',
        exactly('agent/tap/tap.ts'),
        '^agent/tap/(person-(tap|list)|(health|pin)-(tap|states))\\.ts$',
        ...PURE,
        ...PORTS,
        ...OUTSIDE,
      ],
    ),
    only(
      'terminal-knows-only-ports',
      'Only agent/main.ts, agent/cli/ and the simulators construct implementations: everything else is handed its parts.',
      { path: '^agent/[^/]+\\.ts$', pathNot: '^agent/main\\.ts$' },
      [
        '^agent/[^/]+\\.ts$',
        '^agent/tap/',
        exactly('agent/kiosk/backend.ts'),
        exactly('agent/kiosk/books.ts'),
        ...PURE,
        ...PORTS,
        ...OUTSIDE,
      ],
    ),
    {
      name: 'nobody-imports-the-composition',
      comment: 'Whoever imports the place that constructs everything has imported everything.',
      severity: 'error',
      from: { path: PRODUCTION, pathNot: '^agent/cli/' },
      to: { path: '^agent/(main\\.ts$|cli/)' },
    },
    {
      name: 'production-imports-no-simulator-or-test',
      comment: 'What is installed on a terminal contains no simulated card and no test key.',
      severity: 'error',
      from: { path: PRODUCTION },
      to: { path: '^(simulators|test)/' },
    },
    {
      name: 'production-uses-no-development-package',
      comment: 'Development packages are not installed on a terminal. The page of the kiosk is bundled before.',
      severity: 'error',
      from: { path: PRODUCTION, pathNot: [PAGE, BUILD_SETTINGS] },
      to: { dependencyTypes: ['npm-dev'] },
    },
    only(
      'kiosk-page-stands-alone',
      'The page runs in a browser and is told everything as one KioskState.',
      { path: PAGE, pathNot: BUILD_SETTINGS },
      [PAGE, DOMAIN, exactly('agent/kiosk/state.ts'), '^node_modules/(preact|qr)/'],
    ),
    {
      name: 'scripts-need-no-packages',
      comment: 'They run before anything is installed.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { dependencyTypesNot: ['core'], pathNot: '^scripts/' },
    },
    {
      name: 'packages-are-declared',
      comment: 'A package that is there by accident, or a file that is not there at all.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    ...Object.entries(ROOMS).map(([name, rooms]) => ({
      name: `${name}-stays-in-its-room`,
      comment: `Only an adapter uses ${name}; everyone else uses the port that the adapter stands behind.`,
      severity: 'error',
      from: { path: PRODUCTION, pathNot: rooms },
      to: { path: `^node_modules/${name}/` },
    })),
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or have a third one in them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports does nothing.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
