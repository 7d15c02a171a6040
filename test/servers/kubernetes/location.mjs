import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The module of which the program is built. */
export const MODULE = fileURLToPath(new URL('kube', import.meta.url));

/** How it is built: a static program, without what debuggers need. */
export const FLAGS = ['-trimpath', '-ldflags', `-s -w ${versionFlags()}`];

/** Where the program lies: outside of the checkout, since building it takes minutes, and shared by all that want the same one. */
export function kubeDirectory() {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(MODULE, name)));
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'errand-tests', `kubernetes-${hash.digest('hex').slice(0, 12)}`);
}

/** The program: all of a cluster's servers, etcd and kubectl in one; undefined where it is not built. */
export function kubeProgram() {
  const program = join(kubeDirectory(), 'kube');
  return existsSync(program) ? program : undefined;
}

/** What it tells of itself. */
function versionFlags() {
  const version = /^\tk8s\.io\/kubernetes (v1\.(\d+)\S*)$/m.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8')) ?? [];
  const of = 'k8s.io/component-base/version';
  return `-X ${of}.gitVersion=${version[1]} -X ${of}.gitMajor=1 -X ${of}.gitMinor=${version[2]}`;
}
