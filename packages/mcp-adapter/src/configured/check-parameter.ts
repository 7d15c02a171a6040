import { absolutePath, boolean, type Check, checkEach, integer, invalidOption, oneOf, text } from '@errand/core/checks';
import { parameterInput } from './parameter-input.ts';
import type { ToolParameter } from './tool-parameter.ts';

type Type = ToolParameter['type'];

const any: Check = () => {};
const common = { type: any, description: text(1_024), optional: boolean, default: any };

const CHECKS: Readonly<Record<Type, Readonly<Record<string, Check>>>> = {
  string: { ...common, pattern: expression, minLength: integer(0, 65_536), maxLength: integer(1, 65_536), allowDash: boolean },
  integer: { ...common, minimum: number, maximum: number },
  number: { ...common, minimum: number, maximum: number },
  boolean: common,
  enum: { ...common, values: words },
  path: { ...common, root: absolutePath },
  list: { ...common, pattern: expression, minItems: integer(0, 10_000), maxItems: integer(1, 10_000), allowDash: boolean },
};

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option */
export function checkParameter(option: string, value: unknown): void {
  const { type, optional, default: given } = Object(value);
  oneOf(...Object.keys(CHECKS))(`${option}.type`, type);
  checkEach(option, value, CHECKS[type as Type]);
  const parameter = value as ToolParameter;
  if (parameter.type === 'enum') words(`${option}.values`, parameter.values);
  if (parameter.type === 'path') absolutePath(`${option}.root`, parameter.root);
  if (given === undefined) return;
  if (optional === true) throw invalidOption(`${option}.default`, 'it stands beside optional', 'one of them');
  // What the operator chose may begin as it likes.
  const fault = parameterInput(parameter, { mayDash: true }).safeParse(given).error?.issues[0]?.message;
  if (fault !== undefined) throw invalidOption(`${option}.default`, `it ${fault}`, 'a value that the parameter takes');
}

function number(option: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidOption(option, 'is no number', 'a finite number');
}

function expression(option: string, value: unknown): void {
  try {
    new RegExp(String(value), 'u');
  } catch {
    throw invalidOption(option, 'is no regular expression', 'one of JavaScript, with its flag u');
  }
}

function words(option: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) throw invalidOption(option, 'is not allowed', 'an array of at least one text');
  for (const [i, word] of value.entries()) text(256)(`${option}[${i}]`, word);
}
