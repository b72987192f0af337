import { describe, expect, it } from 'vitest';
import { readText } from './repository.js';

/** What these tests read of `package.json`. */
interface Manifest {
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

/** One package of `package-lock.json`. */
interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const manifest: Manifest = JSON.parse(readText('package.json'));
const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(readText('package-lock.json'));
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

/** `node_modules/a/node_modules/@b/c` → `@b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

describe('package.json', () => {
  it('says of every package with an install script whether it may run, and allows none in advance', () => {
    const withScript = [
      ...new Set(locked.filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => nameOf(path))),
    ].sort();
    expect(withScript.length).toBeGreaterThan(0);
    expect(withScript.filter((name) => manifest.allowScripts[name] === undefined)).toEqual([]);
    const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name] === true);
    expect(allowed.filter((name) => !withScript.includes(name))).toEqual([]);
  });

  it('lets only the two parts run an install script that cannot do without', () => {
    const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name] === true);
    expect(allowed.sort()).toEqual(['@pokusew/pcsclite', '@serialport/bindings-cpp']);
  });

  it('pins every version exactly, so that two installations are the same', () => {
    const all = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('agrees with the lock file', () => {
    const all = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
    const differing = Object.entries(all).filter(
      ([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version,
    );
    expect(differing).toEqual([]);
  });

  it('points each script at a file that is there', () => {
    for (const [name, command] of Object.entries(manifest.scripts)) {
      const path = /^node (scripts\/[a-z-]+\.mjs)/.exec(command)?.[1];
      expect(path, name).toBeDefined();
      expect(readText(path ?? '').length, name).toBeGreaterThan(0);
    }
  });

  it('ships what a terminal and the centre need, and no simulator', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist/agent', 'dist/drivers', 'dist/sync', 'systemd']));
    expect(manifest.files.filter((path) => path === 'dist' || path.startsWith('dist/simulators'))).toEqual([]);
  });
});

describe('what is installed on a terminal', () => {
  const production = locked
    .filter(([, entry]) => entry.dev !== true && entry.devOptional !== true)
    .map(([path]) => nameOf(path));

  it('contains no broker, no test database, no browser and no build tool', () => {
    expect(production.length).toBeGreaterThan(20);
    const forbidden = [
      'aedes',
      'express-pouchdb',
      'express',
      'vite',
      'vitest',
      'playwright-core',
      'testcontainers',
      'typescript',
    ];
    expect(production.filter((name) => forbidden.includes(name))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('names no server to download from, so that each place uses the registry it trusts', () => {
    expect(locked.filter(([, entry]) => entry.resolved !== undefined && !entry.resolved.startsWith('file:'))).toEqual(
      [],
    );
  });

  it('has a checksum for every package', () => {
    const bare = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !('integrity' in entry));
    expect(bare.map(([path]) => path)).toEqual([]);
  });
});
