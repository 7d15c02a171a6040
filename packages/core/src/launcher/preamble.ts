import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import type { Limits } from '../options.ts';
import { isLarge } from './argument-size.ts';
import { environmentLines } from './environment-lines.ts';
import { scriptArgv } from './script-argv.ts';

/**
 * What is written to a launcher's stdin ahead of the command's own: two lines, see `launchLine`. The second is sh source
 * that goes where the command is to run, makes its environment, looks for its program, sets its limits, registers it with
 * the supervisor, says so in frames, and becomes the command.
 *
 * Frames are lines: `NONCE started PID STARTTIME` or `NONCE refused WORD` on stdout (see `refusal`), and `NONCE begin` on
 * stderr.
 *
 * What only exec itself can tell comes too late for a refusal, because reading the file first would cost more than the rest:
 * where the program is a script whose `#!` interpreter is missing, or is for another machine, the command has exited with
 * 126 or 127, and sh's own message is on stderr.
 *
 * @param inbox What `Supervisor.ready` resolved to.
 */
export function preamble(request: ProcessRequest, inbox: string): string {
  const large = isLarge(request);
  const source = [
    refuseFunction(request),
    ...(request.cwd === undefined ? [] : [cwdLine(request.cwd)]),
    IDENTITY,
    inboxLine(inbox),
    ...environmentLines(request),
    ...commandLines(request),
    ...(large ? sizeLines(request) : []),
    ...limitLines(request.limits),
    frameLine(`${request.nonce} begin`, ' >&2'),
    registerLine(request, inbox),
    frameLine(`${request.nonce} started $$ $__errand_birth`),
    execLine(request, large ? '"$@"' : words(request)),
  ].join('; ');
  // printf %b, which undoes this, costs the launcher a fork.
  if (!source.includes('\n')) return `plain\n${source}\n`;
  return `encoded\n${source.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
}

function refuseFunction({ nonce }: ProcessRequest): string {
  return `__errand_refuse() { printf '${nonce} refused %s\\n' "$1"; exit 125; }`;
}

function cwdLine(cwd: string): string {
  // A path that begins with a dot is looked up in no CDPATH, and is no option.
  const path = quote(cwd.startsWith('/') ? cwd : `./${cwd}`);
  return `cd -P ${path} 2>/dev/null || { [ -d ${path} ] || __errand_refuse cwd; __errand_refuse cwd-denied; }`;
}

/** $1 … are the fields of stat after the name, which may hold anything: group is the third, start time the twentieth. */
const IDENTITY =
  'if read -r __errand_line </proc/$$/stat; then set -- ${__errand_line##*) }; [ "$3" = "$$" ] || __errand_refuse group; ' +
  'shift 19; __errand_birth=$1; else __errand_birth=0; fi 2>/dev/null';

/** The inbox of a supervisor that died may be somebody else's file by now. */
function inboxLine(inbox: string): string {
  const { path, birth, pid } = parseInbox(inbox);
  if (pid === undefined) return `[ -p ${quote(path)} ] || __errand_refuse supervisor`;
  return `{ read -r __errand_line </proc/${pid}/stat && set -- \${__errand_line##*) } && shift 19 && [ "$1" = ${birth} ]; } 2>/dev/null || __errand_refuse supervisor`;
}

function registerLine({ marker, deadlineMs, killGraceMs }: ProcessRequest, inbox: string): string {
  const key = marker.slice(marker.lastIndexOf('.') + 1);
  const registration = `printf 'R %s %s %s %s %s\\n' ${quote(key)} "$$" "$__errand_birth" ${deadlineMs ?? '-'} ${killGraceMs}`;
  return `{ ${registration} >${quote(parseInbox(inbox).path)}; } 2>/dev/null || __errand_refuse supervisor`;
}

interface Inbox {
  readonly birth: string;
  readonly path: string;
  /** Absent where the target has no /proc and the inbox is a FIFO. */
  readonly pid: string | undefined;
}

function parseInbox(inbox: string): Inbox {
  const [, birth = '0', path = ''] = /^(\d+) (.*)$/.exec(inbox) ?? [];
  return { birth, path, pid: /^\/proc\/(\d+)\/fd\/\d$/.exec(path)?.[1] };
}

/** Finds the file to run as execvp would, in $__errand_file: after it ran, exit 126 and 127 are the command's own. */
function commandLines({ command, shell }: ProcessRequest): string[] {
  const what = typeof command === 'string' ? 'shell' : 'program';
  const program = typeof command === 'string' ? shell : (command[0] ?? '');
  const name = quote(program);
  const found = program.includes('/') ? `__errand_file=${quote(program.startsWith('-') ? `./${program}` : program)}` : searchLine(name);
  return [
    found,
    `[ -e "$__errand_file" ] || __errand_refuse ${what}`,
    `[ -f "$__errand_file" ] && [ -x "$__errand_file" ] || __errand_refuse ${what}-denied`,
  ];
}

function searchLine(name: string): string {
  return (
    '__errand_rest=${PATH-/usr/bin:/bin}: __errand_file=; while [ "$__errand_rest" ]; do __errand_try=${__errand_rest%%:*}; ' +
    `__errand_rest=\${__errand_rest#*:}; __errand_try=\${__errand_try:-.}/${name}; ` +
    '[ -f "$__errand_try" ] || continue; __errand_file=$__errand_try; [ ! -x "$__errand_try" ] || break; done'
  );
}

/**
 * Has another program take the same arguments and variables, because how much is too much only the target's kernel knows. It
 * costs a process, but nothing beside what it took to read so many bytes. Leaves the arguments in $@.
 */
function sizeLines(request: ProcessRequest): string[] {
  return [
    `set -- ${words(request)}`,
    '( exec /bin/sh -c : "$__errand_file" "$__errand_file" "$@" ) </dev/null >/dev/null 2>&1',
    '[ "$?" != 126 ] || __errand_refuse size',
  ];
}

/** Set late: few limits leave the launcher itself room to work. */
function limitLines({ memoryBytes, cpuMs, processes, fileBytes, openFiles }: Limits): string[] {
  const lines: string[] = [];
  const set = (name: keyof Limits, ...flags: readonly string[]): void => {
    lines.push(`${flags.map((flag) => `ulimit ${flag} 2>/dev/null`).join(' || ')} || __errand_refuse limits.${name}`);
  };
  if (memoryBytes !== undefined) set('memoryBytes', `-v ${Math.floor(memoryBytes / 1024)}`);
  if (cpuMs !== undefined) set('cpuMs', `-t ${Math.ceil(cpuMs / 1000)}`);
  // dash has -p where bash and busybox have -u.
  if (processes !== undefined) set('processes', `-u ${processes}`, `-p ${processes}`);
  // sh counts in blocks of 512 bytes.
  if (fileBytes !== undefined) set('fileBytes', `-f ${Math.ceil(fileBytes / 512)}`);
  if (openFiles !== undefined) set('openFiles', `-n ${openFiles}`);
  return lines;
}

/** A launcher that nobody hears any more neither registers nor starts. */
function frameLine(words: string, where = ''): string {
  return `printf '%s\\n' "${words}"${where} || exit 125`;
}

function execLine({ stdin, mergeStderr }: ProcessRequest, words: string): string {
  return ['exec "$__errand_file"', words, ...(stdin ? [] : ['</dev/null']), ...(mergeStderr ? ['2>&1'] : [])].join(' ');
}

/** The arguments, without the program. */
function words({ command, shell }: ProcessRequest): string {
  const [, ...rest] = typeof command === 'string' ? scriptArgv(shell, command) : command;
  return rest.map(quote).join(' ');
}
