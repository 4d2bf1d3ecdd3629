import { planText } from '../../incidents/run-query.ts';
import { queryDefinitions } from '../../lists/registry.ts';
import { noDefinitions } from '../../query/definitions.ts';
import { reposWithin, restrictPlan } from '../../query/restrict-plan.ts';
import { showRow } from '../../query/result-row.ts';
import { runPlan } from '../../query/run-plan.ts';
import { rulesVisible } from '../../rules/registry.ts';
import { mapInSlices } from '../../shared/in-slices.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { reposList } from '../../tenancy/registry.ts';
import { liveSearchRow } from './live-searches.ts';
import { type NodeAnswer, type NodeCall, rowContextOf } from './node-services.ts';
import { invalid, shown } from './request-fields.ts';
import { scopeOf } from './search-scope.ts';

// `/getalloweddata`. Source: contract/incident-api.md, A.3.

/** Devices are those that sent something in this time, the first so many by address. */
const DEVICES_DAYS = 30;
const DEVICES_MAX = 10_000;
const DEVICES_QUERY = '| chart count() by device_ip, device_name';

const TYPES: Readonly<Record<string, (call: NodeCall) => Promise<JsonObject>>> = {
  user_preference: async ({ caller }) => ({
    timezone: caller.user.timezone,
    date_format: '%Y/%m/%d',
    hour_format: '24 Hour',
  }),
  loginspects: async (call) => ({ allowed_loginspects: nodesOf(call) }),
  logpoint_repos: async (call) => {
    const all = isAsked(call) ? await call.services.control.read(reposList, call.caller.logpoint.id) : [];
    const allowed = new Set(
      reposWithin(
        await scopeOf(call),
        all.map(({ name }) => name),
      ),
    );
    const repos = all.filter(({ name }) => allowed.has(name));
    return { allowed_repos: repos.map(({ name, address }) => ({ repo: name, address })), logpoint: nodesOf(call) };
  },
  devices: async (call) => ({ allowed_devices: isAsked(call) ? [await devicesOf(call)] : [], logpoint: nodesOf(call) }),
  livesearches: async ({ services, caller }) => {
    const rules = (await services.control.read(rulesVisible, caller.user)).filter(({ active }) => active);
    const asked = { logpointId: caller.logpoint.id, texts: rules.map(({ query }) => query) };
    const definitions = await services.control.read(queryDefinitions, asked);
    return { livesearches: await mapInSlices(rules, (rule) => liveSearchRow(rule, caller.logpoint, definitions)) };
  },
};

/** `type` is a field of the form; of a JSON body it may be in `requestData`, too. */
export async function allowedData(call: NodeCall): Promise<NodeAnswer> {
  const type = call.request.fields['type'] ?? call.request.requestData['type'];
  const read = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (read === undefined) {
    throw invalid(`type is ${shown(type ?? null)}, expected one of: ${Object.keys(TYPES).join(', ')}`);
  }
  return { success: true, ...(await read(call)) };
}

/** `logpoints` narrows repos and devices to those named: nothing, or a list of `{name, ip}`, as JSON in a form. */
function isAsked({ request, caller }: NodeCall): boolean {
  const given = request.fields['logpoints'] ?? request.requestData['logpoints'];
  const list = typeof given === 'string' && given.trim() !== '' ? parseList(given) : given;
  if (list === undefined || list === null || list === '') return true;
  if (!Array.isArray(list)) throw invalid(`logpoints is ${shown(given ?? null)}, expected a list of {name, ip}`);
  const { name, ip } = caller.logpoint;
  return (
    list.length === 0 || list.some((entry) => isJsonObject(entry) && (entry['ip'] === ip || entry['name'] === name))
  );
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`logpoints is ${shown(text)}, expected a list of {name, ip}`);
  }
}

const nodesOf = ({ caller }: NodeCall): JsonObject[] => [{ name: caller.logpoint.name, ip: caller.logpoint.ip }];

/** Names of devices by `<ip of the logpoint>/<ip of the device>`. */
async function devicesOf(call: NodeCall): Promise<JsonObject> {
  const { services, caller } = call;
  const context = rowContextOf(call);
  const scope = await scopeOf(call);
  const plan = restrictPlan(planText(DEVICES_QUERY, context, noDefinitions), scope);
  const repos = await services.control.read(reposList, caller.logpoint.id);
  const toMs = services.clock();
  const answer = await services.searches.run((signal) =>
    runPlan(services.events, plan, {
      logpointId: caller.logpoint.id,
      repos: reposWithin(
        scope,
        repos.map(({ name }) => name),
      ),
      fromMs: toMs - DEVICES_DAYS * 86_400_000,
      toMs,
      limit: DEVICES_MAX,
      rowsMax: DEVICES_MAX,
      timeoutMs: services.settings.searchTimeoutMs,
      signal,
    }),
  );
  const rows = await mapInSlices(answer.rows, (row) => showRow(plan, row, context));
  const devices: [string, string][] = rows.map((row) => [
    `${caller.logpoint.ip}/${String(row['device_ip'])}`,
    String(row['device_name']),
  ]);
  return Object.fromEntries(devices);
}
