import { packagedFile } from '../cached-packages.mjs';

const conformance = '@modelcontextprotocol/conformance/dist/index.js';
const inspector = '@modelcontextprotocol/inspector/clients/launcher/build/index.js';
const aiSdk = '@ai-sdk/mcp/dist/index.js';
const mcporter = 'mcporter/dist/index.js';

/** @type {import('../cached-packages.mjs').CachedPackages} */
export const thirdPartyPackages = {
  name: 'third-party',
  source: new URL('.', import.meta.url),
  needs: 'the third-party checks of MCP',
  files: [conformance, inspector, aiSdk, mcporter],
};

/** MCP's conformance suite, a program. */
export function conformanceProgram() {
  return packagedFile(thirdPartyPackages, conformance);
}

/** The MCP Inspector, a program. */
export function inspectorProgram() {
  return packagedFile(thirdPartyPackages, inspector);
}

/** The MCP client of the AI SDK, a module. */
export function aiSdkModule() {
  return packagedFile(thirdPartyPackages, aiSdk);
}

/** mcporter, a module. */
export function mcporterModule() {
  return packagedFile(thirdPartyPackages, mcporter);
}
