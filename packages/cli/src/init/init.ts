import { writeFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline/promises';
import { printText } from '../output/print-text.ts';
import { isCode } from '../tokens/keeping.ts';
import { UsageError } from '../usage-error.ts';
import { configText, type InitChoices, type SshHost } from './template.ts';

export interface InitFlags {
  readonly local?: boolean;
  readonly ssh?: readonly string[];
  readonly docker?: readonly string[];
  readonly force?: boolean;
}

/** Writes a commented errand.yaml, from flags, or from what somebody at a terminal answers. */
export async function init(file: string, { local, ssh = [], docker = [], force = false }: InitFlags): Promise<void> {
  const isSaid = local !== undefined || ssh.length > 0 || docker.length > 0;
  const choices = isSaid
    ? {
        local: local ?? false,
        ssh: ssh.map((text) => parseHost('--ssh', text)),
        docker: docker.map((text) => parseImage('--docker', text)),
      }
    : await asked();
  try {
    await writeFile(file, configText(choices), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw new UsageError(`init: there is ${file} already. --force writes it anew.`);
    if (error instanceof Error && 'syscall' in error) throw new UsageError(`init: ${file} cannot be written: ${error.message}.`);
    throw error;
  }
  await printText(`${file} is written. 'errand validate ${file}' checks it, 'errand serve --dry-run' shows what clients would get.\n`);
}

/** Nobody there to be asked has this machine. */
async function asked(): Promise<InitChoices> {
  if (!process.stdin.isTTY) return { local: true, ssh: [], docker: [] };
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const local = !/^n/i.test(await answer(terminal, 'Run commands on this machine? (Y/n)'));
    const host = await answer(terminal, 'On a host over SSH? ([user@]host, or nothing)');
    const image = await answer(terminal, 'In containers of an image? (such as node:24, or nothing)');
    const ssh = host === '' ? [] : [parseHost('host', host)];
    const docker = image === '' ? [] : [parseImage('image', image)];
    return { local: local || ssh.length + docker.length === 0, ssh, docker };
  } finally {
    terminal.close();
  }
}

async function answer(terminal: Interface, question: string): Promise<string> {
  return (await terminal.question(`${question} `)).trim();
}

function parseHost(option: string, text: string): SshHost {
  const [, user, bracketed, plain, digits] =
    /^(?:([^\s@:]{1,64})@)?(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]{1,255}))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535)))
    throw new UsageError(`${option}: '${text}' is no host. Allowed: [user@]host[:port].`);
  return { host, user, port };
}

function parseImage(option: string, text: string): string {
  if (/^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(text) && text.length <= 256) return text;
  throw new UsageError(`${option}: '${text}' is no image. Allowed: a name such as node:24.`);
}
