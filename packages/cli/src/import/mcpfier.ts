import { checkTools } from '../config/checks/tools.ts';
import { faultsOf } from '../config/schema/faults-of.ts';
import { tool as toolSchema } from '../config/schema/tools.ts';

/** What a configuration of MCPFier became (https://github.com/gleicon/mcpfier, as of its `internal/config/config.go`). */
export interface Imported {
  /** A configuration of ours. */
  readonly config: {
    readonly version: 1;
    readonly targets: Readonly<Record<string, object>>;
    readonly tools: Readonly<Record<string, object>>;
  };
  /** What there is no place for, or what is not as it was. */
  readonly lost: readonly Lost[];
}

/** Where it stands in their file, and what became of it. */
export interface Lost {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Such a command is a tool that runs what it is told to, on this machine or in a container, and takes no parameters. */
export function fromMcpfier(source: unknown): Imported {
  const importing = new Importing();
  const { commands, server, ...rest } = fieldsOf(source);
  for (const [i, command] of listOf(commands).entries()) importing.command(['commands', i], fieldsOf(command));
  importing.server(fieldsOf(server));
  for (const key of Object.keys(rest)) importing.lose([key], key === 'analytics' ? 'there is nothing like it.' : 'is not known.');
  return importing.result();
}

class Importing {
  readonly #targets: Record<string, object> = {};
  readonly #tools: Record<string, object> = {};
  readonly #lost: Lost[] = [];
  /** Of targets, by image; of this machine by none. */
  readonly #names = new Map<string, string>();

  result(): Imported {
    return { config: { version: 1, targets: this.#targets, tools: this.#tools }, lost: this.#lost };
  }

  lose(path: readonly PropertyKey[], message: string): void {
    this.#lost.push({ path, message });
  }

  command(path: readonly PropertyKey[], command: Fields): void {
    const { name, script, args, description, container, timeout, env, webhook, ...rest } = command;
    const title = textOf(name);
    const id = title.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
    const lose = (key: string | undefined, message: string): void => this.lose(key === undefined ? path : [...path, key], message);
    if (webhook !== undefined) return lose('webhook', `'${title}' calls a web API and runs no command: an argv with curl can do the same.`);
    if (title === '' || textOf(script) === '') return lose(undefined, 'has no name, or no script, and was left out.');
    if (Object.hasOwn(this.#tools, id)) return lose('name', `there is a tool '${id}' before it, so it was left out.`);
    if (id !== title) lose('name', `'${title}' is no name of a tool here; it is '${id}'.`);
    const variables = env === undefined ? undefined : fieldsOf(env);
    const tool = {
      description: escaped(textOf(description) || `Execute ${title} with configured arguments`),
      targets: ['local'],
      argv: [textOf(script), ...listOf(args).map(textOf)].map(escaped),
      ...(variables && { env: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, escaped(textOf(value))])) }),
      ...(textOf(timeout) !== '' && { timeout: textOf(timeout) }),
    };
    const [fault] = [...faultsOf(toolSchema.safeParse(tool).error?.issues ?? []), ...checkTools({ tools: { [id]: tool } }, () => false)];
    if (fault)
      return lose(
        undefined,
        `'${title}' was left out: ${fault.path.filter((part) => part !== 'tools' && part !== id).join('.')} ${fault.message}`,
      );
    for (const key of Object.keys(rest)) lose(key, 'is not known.');
    if (variables && container === undefined)
      lose(
        'env',
        `'${title}' had no other variables than these; here it has those of \`errand serve\`, too. As it was: its target with \`environment: minimal\`.`,
      );
    this.#tools[id] = { ...tool, targets: [this.#target(textOf(container), [...path, 'container'])] };
  }

  server({ http, ...rest }: Fields): void {
    const { host, port, auth, cors, ...others } = fieldsOf(http);
    if (host !== undefined || port !== undefined)
      this.lose(
        ['server', 'http'],
        `where to serve is said on the command line: errand serve --http ${textOf(host) || 'localhost'}:${textOf(port) || '8080'}.`,
      );
    for (const [i, key] of listOf(fieldsOf(fieldsOf(auth)['simple'])['api_keys']).entries()) {
      const { name } = fieldsOf(key);
      const path = ['server', 'http', 'auth', 'simple', 'api_keys', i];
      this.lose(path, `the key '${textOf(name)}' is not taken over: errand token create makes one that no file of yours holds.`);
    }
    const { enterprise } = fieldsOf(auth);
    if (enterprise !== undefined)
      this.lose(['server', 'http', 'auth', 'enterprise'], 'is not taken over: MCPFier does not read it either.');
    if (cors !== undefined) this.lose(['server', 'http', 'cors'], 'is not taken over.');
    for (const key of Object.keys(others)) this.lose(['server', 'http', key], 'is not taken over.');
    for (const key of Object.keys(rest)) this.lose(['server', key], 'is not known.');
  }

  /** Where a command runs. Neither did MCPFier offer other commands than those it names. */
  #target(image: string, path: readonly PropertyKey[]): string {
    const known = this.#names.get(image);
    if (known !== undefined) return known;
    const name = image === '' ? 'local' : this.#free(image.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'container');
    this.#names.set(image, name);
    const mcp = { expose: 'tools' };
    if (image === '') {
      this.#targets[name] = { kind: 'local', mcp };
      return name;
    }
    // As `docker run --rm` has it; the rest of what hardens a container stays.
    this.#targets[name] = { kind: 'docker', mode: 'container', image: escaped(image), network: 'bridge', readOnlyRoot: false, mcp };
    this.lose(
      path,
      `in the target '${name}' commands have nobody's account and no capabilities; for another account: user: 'root', for capabilities: capabilities.`,
    );
    return name;
  }

  #free(wanted: string): string {
    const taken = new Set(['local', ...this.#names.values()]);
    const short = wanted.slice(0, 60);
    for (let i = 2, name = short; ; i += 1) {
      if (!taken.has(name)) return name;
      name = `${short}-${i}`;
    }
  }
}

/** A text in which nothing is a placeholder of ours. */
function escaped(text: string): string {
  return /\$\$|\$\{[a-z]+:/.test(text) ? text.replaceAll('$', '$$$$') : text;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
