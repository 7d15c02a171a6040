import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import type { ExecOptions } from '../../options.ts';
import type { ExecResult } from '../../result.ts';

/** An executor like `inner` but for its `faults`. Where `spawn` is faulty, so is `exec`, which is made of it. */
export function like(inner: Executor, faults: Partial<Executor>): Executor {
  const spawn: Executor['spawn'] = faults.spawn ?? ((command, options) => inner.spawn(command, options));
  const close: Executor['close'] = faults.close ?? (() => inner.close());
  return {
    name: inner.name,
    supports: faults.supports ?? inner.supports,
    exec: faults.exec ?? ((command, options) => (faults.spawn ? spawn(command, asText(options)).result : inner.exec(command, options))),
    spawn,
    openSession: faults.openSession ?? ((options) => inner.openSession(options)),
    openTerminal: faults.openTerminal ?? ((options) => inner.openTerminal(options)),
    attach: faults.attach ?? ((id, options) => inner.attach(id, options)),
    listDetached: faults.listDetached ?? ((options) => inner.listDetached(options)),
    get files() {
      return faults.files ?? inner.files;
    },
    health: faults.health ?? ((options) => inner.health(options)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** To `exec` the word 'pipe' is a text like any other. */
function asText(options: ExecOptions | undefined): ExecOptions | undefined {
  return options?.stdin === 'pipe' ? { ...options, stdin: Buffer.from('pipe') } : options;
}

/** An execution like `inner` but for its `faults`. */
export function likeExecution(inner: Execution, faults: Partial<Execution>): Execution {
  const { result = inner.result, released = inner.released } = faults;
  result.catch(() => undefined);
  return {
    get id() {
      return faults.id ?? inner.id;
    },
    get state() {
      return faults.state ?? inner.state;
    },
    get stdin() {
      return faults.stdin ?? inner.stdin;
    },
    get stdout() {
      return faults.stdout ?? inner.stdout;
    },
    get stderr() {
      return inner.stderr;
    },
    result,
    released,
    waitsForInput: faults.waitsForInput ?? (() => inner.waitsForInput()),
    kill: faults.kill ?? ((signal) => inner.kill(signal)),
    [Symbol.asyncIterator]: faults[Symbol.asyncIterator] ?? (() => inner[Symbol.asyncIterator]()),
    [Symbol.asyncDispose]: faults[Symbol.asyncDispose] ?? (() => inner[Symbol.asyncDispose]()),
  };
}

/** An executor whose results are changed. */
export function withResults(inner: Executor, change: (result: ExecResult) => ExecResult | Promise<ExecResult>): Executor {
  return like(inner, {
    spawn: (command, options) => {
      const execution = inner.spawn(command, options);
      return likeExecution(execution, { result: execution.result.then(change) });
    },
  });
}
