/** The database of a run, ours or somebody else's, as those need it who make its life hard. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import { runCli } from '../process/cli.js';
import { type DatabaseAccess, startOwnDatabase } from '../process/database.js';
import type { Processes } from '../process/processes.js';

/** What the commands of an operator need. */
export interface OperatorFiles {
  readonly bridgeConfig: string;
  readonly authorityFolder: string;
}

/** A database server with older copies of what is in it. */
export interface Database extends DatabaseAccess {
  readonly isOurs: boolean;
  /** Kills it, if it is ours. */
  kill(): Promise<void>;
  /** Starts it again, if it is ours and does not run. */
  start(): Promise<void>;
  /** Makes one more copy. One of ours must not run. */
  copy(operator: OperatorFiles): Promise<void>;
  /**
   * Loses everything, brings the copy `ago` copies before the newest back, and begins a new life of the centre as the operators' guide has it. No
   * worker may run, and neither may a database of ours; that one runs afterwards.
   */
  restore(ago: number, operator: OperatorFiles): Promise<void>;
  /** Leaves a server of somebody else as empty as it was found. */
  tidy(): Promise<void>;
}

const COPIES_MAX = 2;

/** An embedded server in a process of its own. Its copies are copies of its files. */
export async function ownDatabase(folder: string, processes: Processes): Promise<Database> {
  const server = await startOwnDatabase(folder, processes);
  const copies = copiesIn(folder);
  return {
    ...server,
    isOurs: true,
    copy: async () => server.copyTo(await copies.next()),
    restore: async (ago, operator) => {
      await server.putBack(copies.at(ago));
      await server.start();
      await runCli([...registerCommand(operator), '--new-incarnation']);
    },
    tidy: async () => undefined,
  };
}

/**
 * Somebody else's server, which is not killed. Its copies are made with `wasl centre backup` while it works, and brought back with `wasl centre
 * restore` after all was deleted. Rejects with `ERR_USAGE` when it holds anything of Wasl, for that would be deleted as well.
 */
export async function foreignDatabase(access: DatabaseAccess, folder: string): Promise<Database> {
  const names = await databasesOn(access);
  if (names.length > 0)
    throw new WaslError(
      'ERR_USAGE',
      `the server of --couch holds ${names.join(', ')}: name one that holds nothing of Wasl`,
    );
  const copies = copiesIn(folder);
  const loseAll = async (): Promise<void> => {
    for (const name of await databasesOn(access)) await ask(access, `/${name}`, 'DELETE');
  };
  return {
    ...access,
    isOurs: false,
    kill: async () => undefined,
    start: async () => undefined,
    copy: async ({ bridgeConfig }) => {
      await runCli(['centre', 'backup', await copies.next(), '--config', bridgeConfig]);
    },
    restore: async (ago, operator) => {
      await loseAll();
      await runCli(['centre', 'restore', copies.at(ago), '--config', operator.bridgeConfig]);
      await runCli(registerCommand(operator));
    },
    tidy: loseAll,
  };
}

/** `wasl bridge register`: what the centre is told before its first day, and after a restore. */
export function registerCommand({ bridgeConfig, authorityFolder }: OperatorFiles): string[] {
  return ['bridge', 'register', '--config', bridgeConfig, '--authority', authorityFolder];
}

/** Documents of a database; 0 when it is not there. Rejects with `ERR_DATABASE`. */
export async function countDocuments(access: DatabaseAccess, database: string): Promise<number> {
  if (!(await databasesOn(access)).includes(database)) return 0;
  const { rows } = (await ask(access, `/${database}/_all_docs`)) as { rows: readonly { readonly id: string }[] };
  return rows.filter(({ id }) => !id.startsWith('_')).length;
}

/** What a server cannot show of CouchDB, one sentence each; empty for a cluster with partitioned databases. */
export async function lacks(access: DatabaseAccess): Promise<string[]> {
  const [name] = (await databasesOn(access)).filter((each) => each.startsWith('wasl-events-'));
  const info = name === undefined ? {} : ((await ask(access, `/${name}`)) as { props?: { partitioned?: boolean } });
  const nodes = await ask(access, '/_membership').then(
    (answer) => (answer as { cluster_nodes?: readonly string[] }).cluster_nodes?.length ?? 1,
    // A stand-in for CouchDB has no such page.
    () => 1,
  );
  return [
    ...(info.props?.partitioned === true ? [] : ['partitions: the database server has none']),
    ...(nodes > 1 ? [] : ['a quorum: the database server is a single node']),
  ];
}

async function databasesOn(access: DatabaseAccess): Promise<string[]> {
  const names = (await ask(access, '/_all_dbs')) as string[];
  return names.filter((name) => name.startsWith('wasl-'));
}

async function ask({ url, username, password }: DatabaseAccess, path: string, method = 'GET'): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${url}${path}`, { method, headers: { authorization } }).catch((cause: unknown) => {
    throw new WaslError('ERR_DATABASE', `the database at ${url} does not answer`, { cause });
  });
  if (!answer.ok) throw new WaslError('ERR_DATABASE', `${method} ${path} was answered with status ${answer.status}`);
  return answer.json();
}

interface Copies {
  /** Where the next copy belongs; the oldest makes room for it. */
  next(): Promise<string>;
  /** Where the copy is that was made so many copies before the newest, or the oldest there is. */
  at(ago: number): string;
}

function copiesIn(folder: string): Copies {
  const kept: string[] = [];
  let made = 0;
  return {
    next: async () => {
      made += 1;
      const path = join(folder, `couch-copy-${made}`);
      kept.push(path);
      if (kept.length > COPIES_MAX) await rm(kept.shift() ?? '', { recursive: true, force: true });
      return path;
    },
    at: (ago) => {
      const path = kept.at(-1 - Math.min(ago, kept.length - 1));
      if (path === undefined) throw new WaslError('ERR_INTERNAL', 'there is no copy to go back to');
      return path;
    },
  };
}
