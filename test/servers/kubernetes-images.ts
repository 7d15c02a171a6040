import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeImageRoot, type TestImage } from './docker-images.ts';

const run = promisify(execFile);

/** How a cluster calls an image that was given to it. */
export function kubernetesImage(image: TestImage): string {
  return `localhost/errand/${image}:1`;
}

/** Writes an image as `docker save` does, of one layer. */
export async function writeImageArchive(image: TestImage, file: string): Promise<void> {
  const root = await makeImageRoot(image);
  const directory = await mkdtemp(join(tmpdir(), 'errand-image-'));
  try {
    const inside = (name: string): string => join(directory, name);
    await run('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', inside('layer.tar'), '.']);
    const digest = createHash('sha256')
      .update(readFileSync(inside('layer.tar')))
      .digest('hex');
    const config = {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/bin/sleep', '2147483647'], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    };
    writeFileSync(inside('config.json'), JSON.stringify(config));
    writeFileSync(
      inside('manifest.json'),
      JSON.stringify([{ Config: 'config.json', RepoTags: [kubernetesImage(image)], Layers: ['layer.tar'] }]),
    );
    await run('tar', ['-C', directory, '-cf', file, 'manifest.json', 'config.json', 'layer.tar']);
  } finally {
    for (const made of [root, directory]) rmSync(made, { recursive: true, force: true });
  }
}
