import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What is built, of which module's package, with cgo or without. */
export const programs = [
  { name: 'dockerd', from: 'github.com/moby/moby/v2/cmd/dockerd', cgo: false, tags: '' },
  { name: 'containerd', from: 'github.com/containerd/containerd/v2/cmd/containerd', cgo: false, tags: 'no_cri,no_btrfs' },
  { name: 'containerd-shim-runc-v2', from: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2', cgo: false, tags: 'no_grpc' },
  { name: 'runc', from: 'github.com/opencontainers/runc', cgo: true, tags: 'seccomp' },
];

/** Where the programs lie: outside of the checkout, since building them takes minutes, and shared by all that want the same ones. */
export function currentDockerDirectory() {
  const hash = createHash('sha256').update(JSON.stringify(programs));
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(new URL(name, import.meta.url)));
  const name = `docker-current-${hash.digest('hex').slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'errand-tests', name);
}

/** The directory of the programs; undefined where they are not built. */
export function currentDocker() {
  const directory = currentDockerDirectory();
  return existsSync(directory) ? directory : undefined;
}
