import { codeOf } from './code-of.ts';
import { homeDirectory } from './home-directory.ts';
import * as faults from './host-key/host-key-faults.ts';
import type { HostKeyOptions } from './host-key/host-key-options.ts';
import { checkRevocations } from './host-key/revoked-keys.ts';
import { addKnownHost } from './known-hosts/add-known-host.ts';
import { fingerprintOf, type HostKey, hostKeyOf } from './known-hosts/host-key.ts';
import { hostKeyAlgorithms } from './known-hosts/host-key-algorithms.ts';
import { type HostNames, hostNames } from './known-hosts/host-names.ts';
import { systemKnownHostsFiles, userKnownHostsFiles } from './known-hosts/known-hosts-files.ts';
import { knownTypes, lookUp, type Verdict } from './known-hosts/look-up.ts';
import type { KnownHostsLine } from './known-hosts/parse-known-hosts.ts';
import { type KnownHosts, readKnownHosts } from './known-hosts/read-known-hosts.ts';
import type { SshConfig } from './ssh-config.ts';

/** Whom a connection is for. */
export interface HostKeySubject {
  /** The host's name, or its address, as connected to (HostName). */
  readonly host: string;
  readonly port: number;
  /** The address behind the name, for who sets CheckHostIP. */
  readonly address?: string;
  /** What the caller calls it: the name for `errand trust`. Default: the host. */
  readonly target?: string;
  /** What the caller calls the options of its key, where `errand trust` does not know it. Default: `hostKey`. */
  readonly option?: string;
  /** As the configuration names it, where it is a host on the way to the target. */
  readonly jump?: string;
}

/** Decides whether a connection goes on with the key that its server presents. Files are read at each connection. */
export interface HostKeyPolicy {
  /**
   * The algorithms to negotiate with, best first.
   *
   * @throws ExecError `EXEC_HOST_KEY` where the configuration allows none that is supported
   */
  algorithms(): Promise<string[]>;
  /**
   * Resolves where the key, the blob that the server sent, is to be trusted. With `acceptNew` it is in the file by then.
   *
   * @throws ExecError `EXEC_HOST_KEY`: changed, revoked, unknown, not the pinned one
   */
  verify(blob: Uint8Array): Promise<void>;
  /** What is known of the key, without deciding anything. */
  look(blob: Uint8Array): Promise<PresentedHostKey>;
}

/** A key that a host presented, and what known_hosts files say of it. */
export interface PresentedHostKey {
  /** The host, as those files name it. */
  readonly host: string;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly fingerprint: string;
  readonly status: Verdict['status'];
  /** It is that of a host on the way, which has to be trusted first; ask again then. */
  readonly isJump?: boolean;
  /** The line that says so, as `FILE:LINE`; none for `unknown`. */
  readonly place?: string;
  /**
   * Adds one that is `unknown` to the first of the files, whose path it resolves to; one that is `known` is there already.
   *
   * @throws ExecError `EXEC_HOST_KEY` for one that is changed or revoked, or where the file cannot be written
   */
  add(): Promise<string>;
}

/** The part of the user's configuration that has to do with host keys. */
export type HostKeyConfig = Partial<
  Pick<
    SshConfig,
    | 'userKnownHostsFiles'
    | 'globalKnownHostsFiles'
    | 'revokedHostKeys'
    | 'hostKeyAlias'
    | 'hostKeyAlgorithms'
    | 'strictHostKeyChecking'
    | 'hashKnownHosts'
    | 'checkHostIp'
  >
>;

/** What the options say, filled up with what the user's configuration says. Options must have been checked. */
export function hostKeyPolicy(subject: HostKeySubject, options: HostKeyOptions = {}, config: HostKeyConfig = {}): HostKeyPolicy {
  const names = namesOf(subject, options, config);
  const files = filesOf(options, config);
  const { target = subject.host, option, jump } = subject;
  const presenter = { host: names.name, target, ...(option !== undefined && { option }), ...(jump !== undefined && { jump }) };
  const pinned = options.fingerprint === undefined ? undefined : listOf(options.fingerprint).map((text) => text.replace(/=$/, ''));
  const acceptNew = options.acceptNew ?? acceptsNew(config);

  function judge(verdict: Verdict, key: HostKey): boolean {
    if (verdict.status === 'revoked') throw faults.revokedKey(presenter, key, placeOf(verdict.line));
    if (pinned?.includes(fingerprintOf(key))) return true;
    if (pinned) throw faults.otherThanPinned(presenter, key, pinned);
    if (verdict.status === 'changed') throw faults.changedKey(presenter, key, verdict.line);
    return verdict.status === 'known';
  }

  async function remember(known: KnownHosts, key: HostKey): Promise<string> {
    // What cannot be read may hold another key of this host.
    const [unreadable] = known.unreadable;
    if (unreadable)
      throw faults.notRemembered(presenter, key, `${unreadable.path} cannot be read (${codeOf(unreadable.cause)})`, unreadable.cause);
    const [file] = files.own;
    if (file === undefined) throw faults.notRemembered(presenter, key, 'there is no known_hosts file to write it to');
    const verdict = await addKnownHost(file, names, key, config.hashKnownHosts ? { hash: true } : {}).catch((cause: unknown) => {
      throw faults.notRemembered(presenter, key, `${file} cannot be written (${codeOf(cause)})`, cause);
    });
    // Another connection may have met another key since the files were read.
    if (verdict.status !== 'unknown') judge(verdict, key);
    return file;
  }

  async function read(blob: Uint8Array): Promise<{ key: HostKey; known: KnownHosts }> {
    const key = hostKeyOf(blob);
    if (!key) throw faults.unsupportedKey(presenter);
    await checkRevocations(config.revokedHostKeys ?? [], presenter, key);
    return { key, known: await readKnownHosts(files.all) };
  }

  return {
    async algorithms() {
      const known = await readKnownHosts(files.all);
      const algorithms = hostKeyAlgorithms(knownTypes(known, names), config.hostKeyAlgorithms);
      if (algorithms.length === 0) throw faults.noAlgorithm(presenter, config.hostKeyAlgorithms ?? []);
      return algorithms;
    },
    async verify(blob) {
      const { key, known } = await read(blob);
      if (judge(lookUp(known, names, key), key)) return;
      if (!acceptNew) throw faults.unknownKey(presenter, key, known.unreadable);
      await remember(known, key);
    },
    async look(blob) {
      const { key, known } = await read(blob);
      const verdict = lookUp(known, names, key);
      const add = async (): Promise<string> => {
        if (verdict.status === 'revoked') throw faults.revokedKey(presenter, key, placeOf(verdict.line));
        if (verdict.status === 'changed') throw faults.changedKey(presenter, key, verdict.line);
        return verdict.status === 'known' ? verdict.line.path : remember(known, key);
      };
      return {
        host: names.name,
        type: key.type,
        fingerprint: fingerprintOf(key),
        status: verdict.status,
        ...(verdict.status !== 'unknown' && { place: placeOf(verdict.line) }),
        add,
      };
    },
  };
}

function placeOf({ path, line }: KnownHostsLine): string {
  return `${path}:${line}`;
}

/** Whoever wrote `no` there did not mean to be stopped by a new host. A changed key is refused all the same. */
function acceptsNew({ strictHostKeyChecking: strict }: HostKeyConfig): boolean {
  return strict === 'accept-new' || strict === 'no';
}

function namesOf({ host, port, address }: HostKeySubject, options: HostKeyOptions, config: HostKeyConfig): HostNames {
  const alias = options.alias ?? config.hostKeyAlias;
  return hostNames({ host, port, ...(alias !== undefined && { alias }), ...(config.checkHostIp && address !== undefined && { address }) });
}

/** `own` can be written, the first of them. */
function filesOf({ knownHosts }: HostKeyOptions, config: HostKeyConfig): { own: readonly string[]; all: readonly string[] } {
  if (knownHosts !== undefined) {
    const own = listOf(knownHosts).map((path) => path.replace(/^~(?=\/)/, homeDirectory));
    return { own, all: own };
  }
  const own = config.userKnownHostsFiles ?? userKnownHostsFiles();
  return { own, all: [...own, ...(config.globalKnownHostsFiles ?? systemKnownHostsFiles())] };
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
