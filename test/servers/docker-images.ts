import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DockerApi } from './docker-api.ts';
import { programPath } from './programs.ts';

/** Images that are made on this machine, of what it has: there is no registry. */
export type TestImage = 'busybox' | 'dash' | 'bash' | 'git' | 'node' | 'no-shell' | 'hostile';

/** Beside those of a shell: what commands in tests use, from Debian's packages that are always there. */
const PROGRAMS =
  'awk base64 basename cat chmod chown cksum cmp cp cut date dd df dirname du env expr false find grep gzip head id kill ln ls md5sum mkdir mkfifo ' +
  'mktemp mv nice nohup od printf ps pwd readlink realpath rm rmdir sed seq setsid sha256sum sleep sort split stat stty sync tail tar tee test ' +
  'timeout touch tr true truncate tty uname uniq wc which whoami xargs yes';

/** Says its arguments, then its stdin; ends with the number that `EXIT` has. For a file system without a shell. */
const SAY = `
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
  for (int i = 1; i < count; i++) printf("%s\\n", words[i]);
  for (int c; (c = getchar()) != EOF;) putchar(c);
  const char *code = getenv("EXIT");
  return code ? atoi(code) : 0;
}
`;

/** Root's, with the bit that makes its user root where that is not prevented; says as whom it runs. */
const BECOME = `
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("%d\\n", (int)geteuid()); return 0; }
`;

/** Gives a daemon an image of this name, `errand/NAME`, which is the answer. */
export async function loadImage(api: DockerApi, image: TestImage): Promise<string> {
  const root = await makeImageRoot(image);
  try {
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const name = `errand/${image}`;
    await api.importImage(name, tar.stdout, ['ENV PATH=/usr/bin:/bin', 'CMD ["/bin/sh"]', ...(ASKED[image] ?? [])]);
    return name;
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Makes a directory with an image's files, which is the caller's to remove. */
export async function makeImageRoot(image: TestImage): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'errand-image-'));
  try {
    makeBase(root);
    await FILLED[image](root);
    return root;
  } catch (fault) {
    rmSync(root, { recursive: true });
    throw fault;
  }
}

const FILLED: Readonly<Record<TestImage, (root: string) => void | Promise<void>>> = {
  busybox: fillBusybox,
  dash: (root) => fillDebian(root, 'dash'),
  bash: (root) => fillDebian(root, 'bash'),
  git: fillGit,
  node: fillForNode,
  'no-shell': fillWithoutShell,
  hostile: fillHostile,
};

function makeBase(root: string): void {
  for (const directory of ['bin', 'usr/bin', 'tmp', 'root', 'etc', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
}

/** One static program, which is each of its commands by name; and one that POSIX has and Debian's busybox has not. */
async function fillBusybox(root: string): Promise<void> {
  const busybox = found('busybox');
  cpSync(busybox, join(root, 'bin/busybox'), { dereference: true });
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  const cksum = found('cksum');
  install(root, cksum, '/usr/bin/cksum');
  for (const library of await librariesOf([cksum])) install(root, library, library);
}

/** Programs of this machine, with the libraries that they need. */
async function fillDebian(root: string, shell: 'dash' | 'bash'): Promise<void> {
  const files = new Set<string>();
  for (const name of [shell, ...PROGRAMS.split(' ')]) {
    const path = programPath(name);
    if (path === undefined) continue;
    install(root, path, `/usr/bin/${name}`);
    files.add(path);
  }
  for (const library of await librariesOf([...files])) install(root, library, library);
  symlinkSync(`/usr/bin/${shell}`, join(root, 'bin/sh'));
  symlinkSync(`/usr/bin/${shell}`, join(root, 'bin', shell));
  for (const name of PROGRAMS.split(' ')) symlinkSync(`/usr/bin/${name}`, join(root, 'bin', name));
}

/** bash's, with what clones and commits. */
async function fillGit(root: string): Promise<void> {
  await fillDebian(root, 'bash');
  const git = found('git');
  install(root, git, '/usr/bin/git');
  for (const library of await librariesOf([git])) install(root, library, library);
  // Where it looks for its parts, all of which it is itself, and for what new repositories begin with.
  for (const directory of ['usr/lib/git-core', 'usr/share/git-core/templates']) mkdirSync(join(root, directory), { recursive: true });
  for (const part of ['git', 'git-upload-pack']) symlinkSync('/usr/bin/git', join(root, 'usr/lib/git-core', part));
}

/** bash's, with what a Node that is mounted there needs, and what packaging/Dockerfile runs. */
async function fillForNode(root: string): Promise<void> {
  await fillDebian(root, 'bash');
  const programs = [found('tini'), found('install'), programPath('useradd', '/usr/sbin') ?? found('useradd')];
  for (const program of programs) install(root, program, `/usr/bin/${basename(program)}`);
  for (const library of await librariesOf([...programs, process.execPath])) install(root, library, library);
}

/** What the loader would load, and the loader. */
async function librariesOf(programs: readonly string[]): Promise<Set<string>> {
  const listed = await Promise.all(programs.map(async (program) => (await run('ldd', [program]).catch(() => ({ stdout: '' }))).stdout));
  return new Set(listed.join('\n').match(/\/\S+(?= \(0x)/g) ?? []);
}

/** What is left of busybox without what reads scripts: a file of its own for each of these. */
const WITHOUT_SHELL = 'cat dd env false head id ls pwd printf sleep tail tee true';

async function fillWithoutShell(root: string): Promise<void> {
  cpSync(found('busybox'), join(root, 'usr/bin/applets'), { dereference: true });
  for (const name of WITHOUT_SHELL.split(' ')) symlinkSync('applets', join(root, 'usr/bin', name));
  symlinkSync('usr/nowhere', join(root, 'dangling'));
  symlinkSync('usr', join(root, 'linked'));
  await compile(root, 'say', SAY);
}

/** What an image may ask of whoever runs it, beside its files. */
const ASKED: Partial<Record<TestImage, readonly string[]>> = {
  hostile: ['VOLUME /data', 'HEALTHCHECK --interval=1s CMD echo x >>/tmp/healthy'],
};

/** With a program that makes its user root, and a volume that anybody may write to. */
async function fillHostile(root: string): Promise<void> {
  await fillBusybox(root);
  mkdirSync(join(root, 'data'));
  chmodSync(join(root, 'data'), 0o1777);
  writeFileSync(join(root, 'data/kept'), 'kept\n');
  await compile(root, 'become', BECOME);
  chmodSync(join(root, 'bin/become'), 0o4755);
}

async function compile(root: string, name: string, text: string): Promise<void> {
  const source = join(root, `${name}.c`);
  writeFileSync(source, text);
  await run('gcc', ['-static', '-Os', '-o', join(root, 'bin', name), source]);
  rmSync(source);
}

const run = promisify(execFile);

function install(root: string, from: string, to: string): void {
  const path = join(root, to);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, readFileSync(realpathSync(from)));
  chmodSync(path, 0o755);
}

function found(name: string): string {
  const path = programPath(name);
  if (path === undefined) throw new Error(`There is no ${name} on this machine.`);
  return path;
}
