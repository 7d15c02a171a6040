import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll, signalProcess } from './process-table.ts';
import { isSkipped, programPath } from './programs.ts';
import { freePort, ServerProcess } from './server-process.ts';
import { makeSshKey, type SshKey } from './ssh-key.ts';
import { isSshd, SshProcesses } from './ssh-processes.ts';
import { sshdConfig } from './sshd-config.ts';

/** Not on everybody's PATH. */
const SBIN = '/usr/sbin';
const PASSPHRASE = 'key-secret-5d1';
/** Scripts for a mount namespace of its own, in which it stays the process that it is. */
const WITH_PROC = {
  processes: 'mount --make-rprivate / && mount -t proc -o subset=pid proc /proc && exec "$0" "$@"',
  nothing: 'mount --make-rprivate / && mount -t tmpfs none /proc && exec "$0" "$@"',
} as const;

/** All of it; the directories of processes alone, as in a container or service that is to see no more; nothing. */
type Proc = 'whole' | keyof typeof WITH_PROC;

/** The keys of one server and of who logs in to it. */
interface Keys {
  readonly hostKeys: readonly SshKey[];
  readonly clientKey: SshKey;
  readonly encryptedKey: SshKey & { readonly passphrase: string };
}

/** A real OpenSSH sshd on a port of its own of 127.0.0.1, with keys of its own. Every account may log in with either client key. */
export class SshServer {
  readonly port: number;
  /** Ed25519, ECDSA, RSA. */
  readonly hostKeys: readonly SshKey[];
  readonly clientKey: SshKey;
  readonly encryptedKey: SshKey & { readonly passphrase: string };
  readonly #directory: string;
  readonly #proc: Proc;
  readonly #processes: SshProcesses;
  #listener: ServerProcess | undefined;

  private constructor(directory: string, port: number, { hostKeys, clientKey, encryptedKey }: Keys, proc: Proc) {
    this.port = port;
    this.hostKeys = hostKeys;
    this.clientKey = clientKey;
    this.encryptedKey = encryptedKey;
    this.#directory = directory;
    this.#proc = proc;
    this.#processes = new SshProcesses(port);
  }

  /** Where nobody is root, sshd lets in nobody else, and no accounts can be made. */
  static get isSkipped(): boolean {
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) console.log('Skipping hosts over SSH (they need root)');
    return !isRoot || isSkipped(programPath('sshd', SBIN), 'hosts over SSH', 'openssh-server');
  }

  /**
   * Starts one with these lines of sshd_config, which replace its own and sshd's defaults. Match blocks come last.
   *
   * @param proc What there is of /proc for it and all that it runs.
   */
  static async start(config: readonly string[] = [], { proc = 'whole' }: { readonly proc?: Proc } = {}): Promise<SshServer> {
    const directory = await mkdtemp(join(tmpdir(), 'errand-sshd-'));
    try {
      // sshd reads authorized_keys as the account that logs in.
      await chmod(directory, 0o755);
      const server = new SshServer(directory, await freePort(), await makeKeys(directory), proc);
      await server.#configure(config);
      await server.start();
      return server;
    } catch (fault) {
      await rm(directory, { recursive: true });
      throw fault;
    }
  }

  /** The end of what sshd and its connections logged since the last start: who logged in, by what, or why not. */
  get log(): string {
    return this.#listener?.said ?? '';
  }

  /** Again, after `kill` or `stopListening`. */
  async start(): Promise<void> {
    const line = [sshdPath(), '-D', '-e', '-f', this.#path('sshd_config')] as const;
    const [program, ...args] = this.#proc === 'whole' ? line : (['unshare', '-m', 'sh', '-c', WITH_PROC[this.#proc], ...line] as const);
    const listener = new ServerProcess(program, args);
    this.#listener = listener;
    // Not by a connection: that would count for MaxStartups until sshd saw its end.
    await listener.whenReady(async () => listener.said.includes('Server listening on'));
  }

  /** Which keys log in from now on: lines of authorized_keys, with options before the key where wanted. */
  async authorize(lines: readonly string[]): Promise<void> {
    await writeFile(this.#path('authorized_keys'), lines.map((line) => `${line}\n`).join(''), { mode: 0o644 });
  }

  /** Pids of the connections: of each, the process that sshd made for it first. */
  connections(): number[] {
    const own = this.#find().filter(isSshd);
    return own.filter(({ parent }) => !own.some(({ pid }) => pid === parent)).map(({ pid }) => pid);
  }

  /** Pids of what sessions started and is not sshd: shells, commands, daemons. */
  commands(): number[] {
    return this.#find().flatMap((entry) => (isSshd(entry) ? [] : [entry.pid]));
  }

  /** It hangs with all its connections; its port still takes new ones. What runs in sessions goes on. */
  pause(): void {
    this.#signalAll('SIGSTOP');
  }

  resume(): void {
    this.#signalAll('SIGCONT');
  }

  /** Ends its connections; what runs in sessions sees the end of its stdin, and goes on if it likes. */
  async killConnections(): Promise<void> {
    // All of a connection's processes: without the one that sshd made first, the other still serves it.
    await killAll(() => this.#find().filter(isSshd));
  }

  /** Nobody listens until `start`, and connections go on: what a service manager does when it restarts sshd. */
  async stopListening(): Promise<void> {
    // Stopped first, so that it starts nothing that is not found.
    this.#listener?.signal('SIGSTOP');
    this.#find();
    await this.#listener?.end('SIGKILL');
  }

  /** Ends it with its connections, as `killConnections` does. */
  async kill(): Promise<void> {
    await this.stopListening();
    await this.killConnections();
  }

  /** Nothing is left of it, nor of what sessions started. */
  async stop(): Promise<void> {
    await this.stopListening();
    await killAll(() => this.#find());
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #configure(config: readonly string[]): Promise<void> {
    // Debian makes it when the service starts, which it never did here; sshd does not start without.
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    const settings = { port: this.port, hostKeys: this.hostKeys, authorizedKeysFile: this.#path('authorized_keys') };
    await writeFile(this.#path('sshd_config'), sshdConfig(settings, config));
    await this.authorize([this.clientKey.publicKey, this.encryptedKey.publicKey]);
  }

  #find(): ReturnType<SshProcesses['find']> {
    return this.#processes.find(this.#listener?.pid);
  }

  #signalAll(signal: NodeJS.Signals): void {
    this.#listener?.signal(signal);
    for (const entry of this.#find()) if (isSshd(entry)) signalProcess(entry.pid, signal);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

async function makeKeys(directory: string): Promise<Keys> {
  const path = (name: string): string => join(directory, name);
  const [clientKey, encryptedKey, ...hostKeys] = await Promise.all([
    makeSshKey(path('client_key'), 'ed25519'),
    makeSshKey(path('encrypted_key'), 'ed25519', PASSPHRASE),
    makeSshKey(path('host_ed25519'), 'ed25519'),
    makeSshKey(path('host_ecdsa'), 'ecdsa'),
    makeSshKey(path('host_rsa'), 'rsa'),
  ]);
  return { hostKeys, clientKey, encryptedKey: { ...encryptedKey, passphrase: PASSPHRASE } };
}

/** Absolute, for sshd runs itself anew for every connection. */
function sshdPath(): string {
  return programPath('sshd', SBIN) ?? 'sshd';
}
