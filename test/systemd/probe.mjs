#!/usr/bin/env node
/**
 * Stands where /usr/bin/wasl is and writes down what a service under our units can do and what it cannot. It then
 * behaves like the agent: says that it is ready, and from then on that it lives.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, networkInterfaces, totalmem } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** The result of an attempt, or the code of the error it failed with. @param {() => unknown} attempt */
function outcomeOf(attempt) {
  try {
    return attempt();
  } catch (error) {
    return error.code ?? String(error);
  }
}

/** @param {string} path */
function open(path) {
  closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY));
  return 'opened';
}

/** Writes a program to a folder and runs it. @param {string} folder */
function runFrom(folder) {
  const path = join(folder, 'program');
  copyFileSync('/bin/true', path);
  return spawnSync(path).error?.code ?? 'ran';
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
  return { status, stdout, stderr, error: error?.code };
}

/** Serves and calls on loopback, as the kiosk and its browser do. @returns {Promise<string>} */
function loopback() {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end('heard'));
    server.on('error', (error) => resolve(error.code));
    server.listen(0, '127.0.0.1', () => {
      connect(server.address().port, '127.0.0.1').on('data', (data) => {
        resolve(String(data));
        server.close();
      });
    });
  });
}

/** @returns {Promise<string>} */
function thread() {
  return new Promise((resolve) => {
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage("ran")', { eval: true });
    worker.on('message', resolve).on('error', (error) => resolve(String(error)));
  });
}

const { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: runtime, CREDENTIALS_DIRECTORY: credentials } = process.env;

const facts = {
  args: process.argv.slice(2),
  uid: process.getuid(),
  umask: process.umask().toString(8),
  environment: process.env.NODE_ENV,
  config: outcomeOf(() => readFileSync(process.argv.at(-1), 'utf8').trim()),
  credentials: outcomeOf(() =>
    Object.fromEntries(
      readdirSync(credentials).map((name) => [name, readFileSync(join(credentials, name), 'utf8').trim()]),
    ),
  ),
  credentialSource: outcomeOf(() => readdirSync('/etc/wasl/credentials')),
  stateMode: outcomeOf(() => (statSync(state).mode & 0o777).toString(8)),
  stateWrite: outcomeOf(() => writeFileSync(join(state, 'a'), 'a') ?? 'written'),
  runtimeWrite: outcomeOf(() => writeFileSync(join(runtime, 'a'), 'a') ?? 'written'),
  tmpWrite: outcomeOf(() => writeFileSync('/tmp/a', 'a') ?? 'written'),
  etcWrite: outcomeOf(() => writeFileSync('/etc/a', 'a')),
  usrWrite: outcomeOf(() => writeFileSync('/usr/a', 'a')),
  otherState: ['wasl', 'wasl-bridge'].map((name) => outcomeOf(() => readdirSync(`/var/lib/${name}`).length >= 0)),
  home: outcomeOf(() => readdirSync('/home').length),
  firstProcess: outcomeOf(() => readFileSync('/proc/1/cmdline', 'utf8')),
  runFrom: [state, runtime, '/tmp', '/var/tmp', '/dev/shm'].map((folder) => outcomeOf(() => runFrom(folder))),
  serialPort: outcomeOf(() => open('/dev/ttyS0')),
  otherDevice: outcomeOf(() => open('/dev/tunnel')),
  namespace: run('unshare', ['--user', 'true']).status,
  cardReaders: run('opensc-tool', ['--list-readers']).stdout,
  processors: outcomeOf(() => availableParallelism() > 0 && totalmem() > 0),
  interfaces: outcomeOf(() => Object.keys(networkInterfaces())),
  nativeModule: run(process.execPath, [
    '-e',
    'require("/usr/lib/node_modules/wasl/node_modules/@serialport/bindings-cpp")',
  ]),
  loopback: await loopback(),
  thread: await thread(),
};
writeFileSync(join(state, 'facts.json'), JSON.stringify(facts));
process.stdout.write(`${JSON.stringify({ level: 30, msg: 'ready' })}\n`);

// As the agent does it: by systemd's own program, for want of a socket API in Node for this kind of socket.
run('systemd-notify', ['--ready', '--status=serving']);
const watchdogMs = Number(process.env.WATCHDOG_USEC ?? 0) / 1000;
if (watchdogMs > 0) setInterval(() => spawn('systemd-notify', ['WATCHDOG=1']), watchdogMs / 3);
process.on('SIGTERM', () => process.exit(0));
