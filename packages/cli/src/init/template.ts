/** What a file is made for. */
export interface InitChoices {
  /** Whether this machine is a target. */
  readonly local: boolean;
  readonly ssh: readonly SshHost[];
  /** Images of containers. */
  readonly docker: readonly string[];
}

export interface SshHost {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** An errand.yaml that says what it says. What is commented out is right as it stands, once its `#` is gone. */
export function configText(choices: InitChoices): string {
  const targets = targetsOf(choices);
  const [first = ['local', ''] as const] = targets;
  return `# Where Errand runs commands, and what 'errand serve' offers to MCP clients.
# 'errand validate' checks this file. All keys: https://github.com/errand-sh/errand/blob/main/docs/configuration.md
# yaml-language-server: $schema=./node_modules/errand/errand.schema.json
version: 1

# For all targets; a target's own defaults win.
defaults:
  target: ${first[0]} # where a command runs that names no target
  timeout: 10m

targets:
${targets.map(([, text]) => text).join('')}
# Commands that clients get as tools of their own. Values reach them as elements of argv or as variables, never as shell source.
#tools:
#  disk_usage:
#    description: Free space
#    targets: [${first[0]}]
#    argv: [df, -h, --, "{path}"]
#    parameters: { path: { type: path, root: /, default: / } }
#    readOnly: true

# What each tenant may use, on all targets together.
#quotas:
#  default: { maxRunning: 8, commandsPerMinute: 120 }

# Jobs of 'errand serve'.
#mcp:
#  jobTtl: 1d
#  maxJobs: 64

# 'errand serve --http': by which name clients call it, and who comes in beside the tokens of 'errand token create NAME'.
#http:
#  url: https://exec.example.com
#  requestsPerMinute: 600
#  jwt: { issuer: "https://login.example.com", jwksUri: "https://login.example.com/keys" }
`;
}

type NamedText = readonly [name: string, text: string];

/** Each with a name of its own. */
function targetsOf({ local, ssh, docker }: InitChoices): readonly NamedText[] {
  const names = new Set<string>();
  const named = (wanted: string, text: (name: string) => string): NamedText => {
    const name = freeName(wanted, names);
    names.add(name);
    return [name, text(name)];
  };
  return [
    ...(local ? [named('local', localText)] : []),
    ...ssh.map((host) => named(host.host, (name) => sshText(name, host))),
    ...docker.map((image) => named(image.replace(/^.*\//, '').replace(/[:@].*$/, ''), (name) => dockerText(name, image))),
  ];
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = wanted
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  // What YAML takes for something else than text, and JavaScript for an index.
  const name = plain === '' || !Number.isNaN(Number(plain)) || /^(true|false|null)$/i.test(plain) ? `target-${plain || 1}` : plain;
  if (!taken.has(name)) return name;
  for (let i = 2; ; i += 1) if (!taken.has(`${name}-${i}`)) return `${name}-${i}`;
}

function localText(name: string): string {
  return `  # This machine.
  ${name}:
    kind: local
    #labels: { env: dev }
    #shells: { max: 8 } # warm shells, so that commands start sooner
    #queue: { concurrency: 4 } # the others wait for their turn
    #mcp: { expose: tools } # clients get the tools below, and no other command
`;
}

function sshText(name: string, { host, user, port }: SshHost): string {
  return `  # Over SSH; keys, jumps and names of ~/.ssh/config hold. 'errand trust ${name}' adds its host key, once you looked at it.
  ${name}:
    kind: ssh
    host: ${JSON.stringify(host)}
${user === undefined ? '    #user: deploy\n' : `    user: ${JSON.stringify(user)}\n`}${port === undefined ? '' : `    port: ${port}\n`}    #mcp: { files: read } # clients may read its files
`;
}

function dockerText(name: string, image: string): string {
  return `  # Each command in a container of its own. 'mode: exec' runs all in one.
  ${name}:
    kind: docker
    image: ${JSON.stringify(image)}
    #mode: exec
    #network: none
    #limits: { memory: 2GiB, cpus: 2 }
`;
}
