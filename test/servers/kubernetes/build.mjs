// Builds the program that the tests of Kubernetes start clusters of, unless it is there or another process builds it already: then it waits for that one.
// It takes five minutes and more of a processor that has nothing else to do, and leaves it to whoever wants it.
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FLAGS, kubeDirectory, kubeProgram, MODULE } from './location.mjs';

const directory = kubeDirectory();
const lock = `${directory}.lock`;
mkdirSync(dirname(directory), { recursive: true });

while (!kubeProgram()) {
  if (take()) {
    try {
      if (!kubeProgram()) build();
    } finally {
      rmSync(lock, { force: true });
    }
  } else await delay(500);
}

/** Whether it is this process that builds. The lock of one that was killed is nobody's. */
function take() {
  const own = `${lock}-${process.pid}`;
  writeFileSync(own, `${process.pid} ${birthOf(process.pid)}`);
  try {
    // Whole at once: nobody could tell whose an empty one is.
    linkSync(own, lock);
    return true;
  } catch (fault) {
    if (Reflect.get(Object(fault), 'code') !== 'EEXIST') throw fault;
    const [pid, birth] = holder();
    if (birth !== undefined && birthOf(pid) !== birth) rmSync(lock, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** What builds left that were killed. */
function removePartial() {
  const parent = dirname(directory);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(directory)}-`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function holder() {
  try {
    return readFileSync(lock, 'latin1').split(' ');
  } catch {
    return [];
  }
}

/**
 * A pid with its start time is never used again.
 *
 * @param {number | string | undefined} pid
 */
function birthOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'none';
  }
}

function build() {
  removePartial();
  const partial = mkdtempSync(`${directory}-`);
  try {
    const began = Date.now();
    // What it cost in all is told by the shell that waited for it.
    const script = 'nice -n 19 go build "$@"; code=$?; times; exit $code';
    const args = ['-c', script, 'sh', ...FLAGS, '-o', join(partial, 'kube'), '.'];
    const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin`, CGO_ENABLED: '0' };
    const { status, error } = spawnSync('/bin/sh', args, { cwd: MODULE, env: environment, stdio: 'inherit' });
    if (status !== 0) throw new Error(`go build failed: ${error?.message ?? `it exited with ${status}`}`);
    console.log(`built in ${Math.round((Date.now() - began) / 1000)} s; processor time of it: the lines above, children's the last`);
    // One whose lock was taken for a dead one's may have been faster.
    if (!kubeProgram()) renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
