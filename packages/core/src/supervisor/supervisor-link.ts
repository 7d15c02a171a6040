import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ByteChannel } from '../driver.ts';
import { whyNoShell, whySilent } from '../shell/shell-ended.ts';
import { type SupervisorArguments, supervisorSource } from './script.ts';

/** A shell that says nothing for so long is given up. */
const HELLO_MS = 30_000;
/** A shell that should be gone is destroyed after this long. */
const END_MS = 2_000;
/** How much is told of what a shell says instead, in characters. */
const MAX_SAID = 100;

/** Whether anything was there; or that the target knows no such signal. */
export type Answer = 'yes' | 'no' | 'unknown-signal';
const ANSWERS: Readonly<Record<string, Answer>> = { 0: 'no', 1: 'yes', 2: 'unknown-signal' };

/** What a link tells besides answers. */
export interface LinkEvents {
  /** It is there, on a target that was started with this boot id; `-` where the target has none. What it is sent at once it hears first. */
  readonly onHello: (boot: string) => void;
  /** The supervisor ends everything, because it did not hear from this client for too long. */
  readonly onExpired: () => void;
}

/** One supervisor: the shell, its lines in and out. Made again by `Supervisor` when it dies. */
export class SupervisorLink {
  /** Where launchers register, see `Inbox`. Rejects when it dies before it said so. */
  readonly inbox: Promise<string>;
  /** The same, once it said so. */
  knownInbox: string | undefined;
  /** Resolves when it is dead. By then it kills nothing any more. */
  readonly ended: Promise<void>;
  /** Why it said nothing for too long; undefined while it may yet. */
  #silence: string | undefined;
  readonly #source: string;
  /** It was told to end. */
  isQuitting = false;
  readonly #channel: ByteChannel;
  readonly #events: LinkEvents;
  readonly #gone: Promise<void>;
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #answers = new Map<number, (answer: Answer | undefined) => void>();
  readonly #hello = Promise.withResolvers<string>();
  #early: string[] | undefined = [];
  /** What came in place of a hello. */
  #said = '';
  #questions = 0;
  #dead = false;

  constructor(channel: ByteChannel, settings: Omit<SupervisorArguments, 'nonce'>, events: LinkEvents) {
    this.#channel = channel;
    this.#events = events;
    this.#gone = channel.closed.catch(() => {});
    this.inbox = this.#hello.promise;
    channel.stdin.on('error', () => {});
    channel.stderr.on('error', () => {}).resume();
    this.ended = this.#read();
    const timer = setTimeout(() => this.#giveUp(), HELLO_MS).unref();
    const answered = (): void => clearTimeout(timer);
    this.inbox.then(answered, answered);
    this.#source = supervisorSource({ ...settings, nonce: this.#nonce });
    channel.stdin.write(this.#source);
  }

  /** Why it is not ready, should it never be; undefined once it is, or is dead. */
  get waitsFor(): string | undefined {
    return this.#early && whySilent(this.#said);
  }

  /** Sends whole lines; before the hello line they wait for it. */
  send(lines: string): void {
    if (this.#early) this.#early.push(lines);
    else if (this.#channel.stdin.writable) this.#channel.stdin.write(lines);
  }

  /** Resolves to the answer, or to undefined when the supervisor died before it answered. */
  async ask(operation: 'S' | 'A' | 'W', ...fields: readonly string[]): Promise<Answer | undefined> {
    if (this.#dead) return undefined;
    const id = this.#questions++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.send(`${operation} ${[id, ...fields].join(' ')}\n`);
    });
  }

  /** Ends the supervisor and nothing else; resolves when its shell is gone. */
  async quit(): Promise<void> {
    this.isQuitting = true;
    const timer = setTimeout(() => this.#channel.destroy(), END_MS);
    this.send('Q\n');
    await this.ended;
    await this.#gone;
    clearTimeout(timer);
  }

  #read(): Promise<void> {
    const { stdout } = this.#channel;
    return new Promise((resolve) => {
      const lines = createInterface({ input: stdout });
      const end = (): void => {
        lines.close();
        this.#settle();
        resolve();
      };
      lines.on('line', (line) => this.#hear(line));
      stdout.once('end', end).once('close', end).on('error', end);
      // The shell's own end need not be the loop's, which would take our closing for our death.
      this.#gone.then(() => this.#channel.stdin.end('Q\n'));
    });
  }

  #hear(line: string): void {
    const [word, ...fields] = line.split(' ');
    if (this.#early) {
      const start = line.indexOf(`${this.#nonce} hello `);
      if (start >= 0) this.#greet(line.slice(start + this.#nonce.length + ' hello '.length));
      // Something may send back what it is sent.
      else if (!this.#source.includes(line.trim())) this.#said ||= line.trim().slice(0, MAX_SAID);
    } else if (word === 's') {
      const id = Number(fields[0]);
      this.#answers.get(id)?.(ANSWERS[fields[1] ?? ''] ?? 'no');
      this.#answers.delete(id);
    } else if (word === 'x') {
      this.#events.onExpired();
    }
  }

  #giveUp(): void {
    this.#silence = `within ${HELLO_MS / 1_000} s ${whySilent(this.#said)}`;
    this.#channel.destroy();
  }

  #greet(hello: string): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    const [boot = '-'] = hello.split(' ', 1);
    const inbox = hello.slice(boot.length + 1);
    this.knownInbox = inbox;
    this.#events.onHello(boot);
    this.#hello.resolve(inbox);
    for (const lines of early) this.send(lines);
  }

  /** Without its loop the shell has nothing left to do, and goes once its input ends. */
  #settle(): void {
    this.#dead = true;
    this.#channel.stdin.end();
    const timer = setTimeout(() => this.#channel.destroy(), END_MS).unref();
    this.#gone.then(() => clearTimeout(timer));
    this.#early = undefined;
    this.#hello.reject(new Error(this.#silence ?? endedEarly(this.#said)));
    for (const answer of this.#answers.values()) answer(undefined);
    this.#answers.clear();
  }
}

function endedEarly(said: string): string {
  return `the supervisor ended before it was ready${said && `; the shell said '${said}'`}; ${whyNoShell(said)}`;
}
