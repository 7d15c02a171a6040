import { boolean, type Check, checkEach, integer, invalidOption, matching, object, oneOf, text } from '@errand/core/checks';
import { TOOL_NAMES } from '../tool-names.ts';
import { checkFit } from './check-fit.ts';
import { checkParameter } from './check-parameter.ts';
import type { ConfiguredTool } from './configured-tool.ts';

const MAX_MS = 2_147_483_647;
const NAME_SAYS = "1 to 64 letters, digits, '_' and '-'";
const PARAMETER_SAYS = "1 to 64 lower-case letters, digits and '_', the first a letter; not execution, target, idempotency_key";
const PARAMETER = /^(?!(?:execution|target|idempotency_key)$)[a-z][a-z0-9_]{0,63}$/;
const MAX_PARAMETERS = 64;

/** The tools that `tools` names, by name. */
export type ConfiguredTools = Readonly<Record<string, ConfiguredTool>>;

/**
 * Checks tools as `registerTools` does, but for their targets.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option, as in `tools.deploy.argv[1]`
 */
export function checkConfigured(tools: ConfiguredTools): void {
  for (const [name, tool] of Object.entries(object('tools', tools))) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw invalidOption('tools', `'${name.slice(0, 80)}' is no tool's name`, NAME_SAYS);
    if (TOOL_NAMES.some((own) => own === name)) throw invalidOption('tools', `'${name}' is a tool of Errand's own`, 'another name');
    checkEach(`tools.${name}`, tool, CHECKS);
    checkFit(`tools.${name}`, tool as ConfiguredTool);
  }
}

const anyText: Check = (option, value) => {
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed())
    throw invalidOption(option, 'is no text', 'a string without NUL');
};

const texts = listOf(anyText);
const labels = mapOf(text(256));
const argv = listOf(anyText, 1);
const script = text(262_144);

const CHECKS: Readonly<Record<keyof ConfiguredTool, Check>> = {
  description: text(4_096),
  targets: (option, value) => (Array.isArray(value) ? texts(option, value) : labels(option, value)),
  argv,
  script,
  steps: listOf(
    (option, value) =>
      checkEach(option, value, { argv, script, name: matching(/^[\w .-]{1,64}$/, "letters, digits, ' ', '_', '-' and '.', at most 64") }),
    1,
    32,
  ),
  parameters: (option, value) => {
    const entries = Object.entries(object(option, value));
    if (entries.length > MAX_PARAMETERS) throw invalidOption(option, `there are ${entries.length}`, `at most ${MAX_PARAMETERS}`);
    for (const [name, parameter] of entries) {
      if (!PARAMETER.test(name)) throw invalidOption(option, `'${name.slice(0, 80)}' is no parameter's name`, PARAMETER_SAYS);
      checkParameter(`${option}.${name}`, parameter);
    }
  },
  cwd: text(4_096),
  env: mapOf(anyText),
  timeoutMs: integer(1, MAX_MS, 'ms'),
  limits: object,
  session: matching(/^[\w.:-]{1,64}$/, 'letters, digits, _ . : -, at most 64'),
  when: (option, value) => checkEach(option, value, { labels, healthy: boolean }),
  output: (option, value) => {
    if (Object(value).type === undefined) throw invalidOption(`${option}.type`, 'it is missing', 'text, json, file');
    checkEach(option, value, {
      type: oneOf('text', 'json', 'file'),
      schema: object,
      path: text(4_096),
      mimeType: matching(/^[a-z]+\/[\w.+-]{1,100}$/, 'such as image/png'),
      maxBytes: integer(1, 8_388_608, 'bytes'),
    });
  },
  readOnly: boolean,
};

function listOf(item: Check, min = 0, max = 1_000): Check {
  return (option, value) => {
    if (!Array.isArray(value) || value.length < min || value.length > max)
      throw invalidOption(option, 'is not allowed', `an array of ${min} to ${max}`);
    for (const [i, each] of value.entries()) item(`${option}[${i}]`, each);
  };
}

function mapOf(item: Check): Check {
  return (option, value) => {
    for (const [key, each] of Object.entries(object(option, value))) item(`${option}.${key}`, each);
  };
}
