/**
 * A private corner of this machine for a daemon with fixed paths and ports: mount, network and process namespaces of its
 * own, with a folder of ours as its `/run`. Programs outside reach it through Unix sockets in that folder; nothing
 * outside sees its ports, and nothing of it outlives us: its first process ends when our end of its input closes, however
 * we die, and takes the others with it.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that makes the namespaces, and its arguments up to the command to run in them. */
export function namespaceCommand(isRoot: boolean): readonly [string, ...string[]] {
  // Without root, a user namespace gives the rights inside that the others need.
  const rights = isRoot ? [] : ['--map-root-user'];
  return ['unshare', ...rights, '--mount', '--net', '--pid', '--fork', '--kill-child'];
}

/**
 * Shell lines that make the corner: the folder as `/run`, loopback up, and on loopback every segment acknowledged at once
 * if `quickAck`. vpcd of Debian sends the length and the body of a frame in two segments; the second waits for the
 * acknowledgement of the first, which Linux otherwise delays by 40 ms. Node cannot set TCP_QUICKACK; a route can.
 */
export function cornerScript(runFolder: string, quickAck: boolean): readonly string[] {
  const route = 'ip route change local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 quickack 1';
  return [`mount --bind '${runFolder}' /run`, 'ip link set lo up', ...(quickAck ? [route] : [])];
}

/** Whether the running user is root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** True when a program of this name can be run. */
export function hasProgram(name: string): boolean {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => folder !== '' && isReadable(join(folder, name), constants.X_OK));
}

/** True when a file is there and may be read (or what else `mode` asks). */
export function isReadable(path: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** What is missing for a private corner, one sentence each; empty when one can be made here. */
export function missingForNamespaces(): readonly string[] {
  if (process.platform !== 'linux') return ['namespaces need Linux'];
  const missing = ['unshare', 'mount', 'ip']
    .filter((name) => !hasProgram(name))
    .map((name) => `the program "${name}" is not installed (Debian: util-linux, mount, iproute2)`);
  if (missing.length > 0) return missing;
  const [program, ...rest] = namespaceCommand(isRoot());
  const trial = spawnSync(program, [...rest, 'mount', '-t', 'tmpfs', 'none', '/run'], { timeout: 5_000 });
  if (trial.status === 0) return [];
  return [
    'namespaces cannot be made: run as root, outside of a container without CAP_SYS_ADMIN, or allow user namespaces',
  ];
}
