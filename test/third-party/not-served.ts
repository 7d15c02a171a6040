/** Why some of MCP's conformance suite is not met. */
export const REASONS = {
  prompts: 'Errand offers commands, and has no prompts.',
  resources: 'What the suite reads are resources of its own, which no command is.',
  asking: 'Nothing of Errand asks the user, the model or the client for anything: no elicitation, sampling, roots.',
  schema: 'Parameters of a configured tool are of a few plain types, and none is a header: nobody writes a JSON Schema.',
  oneFile: 'A configured tool answers with its output and at most one file.',
  reconnecting: 'No stream is closed before its answer, and none can be taken up again: a job and its output are found by their id.',
  log: 'A command tells its client that it was started and that it has ended: two messages, where the suite wants three.',
  fixedTools: 'No tool changes which tools there are.',
} as const;

/** A scenario of which these checks are not met, warnings too. */
export interface NotServed {
  readonly reason: keyof typeof REASONS;
  readonly checks: readonly string[];
}

/** By the name of the scenario. What is met is struck off; what is new here needs a reason. */
export const NOT_SERVED: Readonly<Record<string, readonly NotServed[]>> = {
  'prompts-list': because('prompts', 'prompts-list'),
  'prompts-get-simple': because('prompts', 'prompts-get-simple'),
  'prompts-get-with-args': because('prompts', 'prompts-get-with-args'),
  'prompts-get-embedded-resource': because('prompts', 'prompts-get-embedded-resource'),
  'prompts-get-with-image': because('prompts', 'prompts-get-with-image'),

  'resources-read-text': because('resources', 'resources-read-text'),
  'resources-read-binary': because('resources', 'resources-read-binary'),
  'resources-templates-read': because('resources', 'resources-templates-read'),
  'resources-subscribe': because('resources', 'resources-subscribe'),
  'resources-unsubscribe': because('resources', 'resources-unsubscribe'),
  caching: because('prompts', 'sep-2549-prompts-list-caching-hints'),

  'tools-call-sampling': because('asking', 'tools-call-sampling'),
  'tools-call-elicitation': because('asking', 'tools-call-elicitation'),
  'elicitation-sep1034-defaults': because('asking', 'elicitation-sep1034-general'),
  'elicitation-sep1330-enums': because('asking', 'elicitation-sep1330-general'),
  'input-required-result-basic-elicitation': because('asking', 'sep-2322-elicitation-incomplete'),
  'input-required-result-basic-sampling': because('asking', 'sep-2322-sampling-incomplete'),
  'input-required-result-basic-list-roots': because('asking', 'sep-2322-list-roots-incomplete'),
  'input-required-result-request-state': because('asking', 'sep-2322-request-state-incomplete'),
  'input-required-result-multiple-input-requests': because('asking', 'sep-2322-multiple-inputs-incomplete'),
  'input-required-result-multi-round': because('asking', 'sep-2322-multi-round-r1'),
  'input-required-result-missing-input-response': because('asking', 'sep-2322-missing-response-rerequests'),
  'input-required-result-non-tool-request': because('asking', 'sep-2322-non-tool-incomplete'),
  'input-required-result-result-type': because('asking', 'sep-2322-result-type-included'),
  'input-required-result-tampered-state': because('asking', 'sep-2322-reject-tampered-state'),
  'input-required-result-capability-check': because('asking', 'sep-2322-respect-client-capabilities'),
  'input-required-result-ignore-extra-params': because('asking', 'sep-2322-ignore-unexpected-params'),
  'server-stateless': [
    ...because('asking', 'sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'),
    ...because('fixedTools', 'sep-2575-server-sends-tools-list-changed-on-subscription'),
  ],

  'tools-call-with-logging': because('log', 'tools-call-with-logging'),
  'tools-call-mixed-content': because('oneFile', 'tools-call-mixed-content'),
  'json-schema-2020-12': because('schema', 'json-schema-2020-12-tool-found'),
  'http-custom-header-server-validation': because(
    'schema',
    'sep-2243-server-no-xmcp-tool',
    'sep-2243-server-decode-base64',
    'sep-2243-server-validate-param-match',
    'sep-2243-server-reject-invalid-param-chars',
    'sep-2243-server-reject-param-mismatch',
  ),
  'server-sse-polling': because('reconnecting', 'server-sse-priming-event', 'server-sse-retry-field'),
};

function because(reason: NotServed['reason'], ...checks: string[]): NotServed[] {
  return [{ reason, checks }];
}
