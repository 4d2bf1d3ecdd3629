import { applySigmaImport, type ImportRequest } from '../rules/import-sigma.ts';
import { sigmaStates, sigmaStored } from '../rules/registry.ts';
import { listPlaceholders } from '../rules/sigma-placeholders.ts';
import { VENDOR_REPOS } from '../rules/vendor-rules.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { compilerVersion } from '../sigma/compiler-version.ts';
import type { SigmaFile } from '../sigma/import-rules.ts';
import { type PreparedImport, prepareImport } from '../sigma/prepare-import.ts';
import { optionalFlag, optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type OrderKind, type WorkKind } from './order-kind.ts';

/** Files of one request; more come in several. */
export const SIGMA_FILES_MAX = 1_000;
/** The licence of the public rules, which do not name it in each file. */
const LICENCE_DEFAULT = 'DRL-1.1';

/** Reads and compiles beside the others' work, then makes the rules in one transaction. One import at a time. */
const importSigmaKind: WorkKind<JsonObject, PreparedImport> = {
  mode: 'work',
  action: '/AlertRules/sigma',
  lane: (ctx) => `sigma ${ctx.logpointId}`,
  async prepare({ store }, { logpointId }, input) {
    const states = await store.read(sigmaStates, logpointId);
    const filters = await store.read(sigmaStored, { logpointId, kind: 'filter' });
    return prepareImport([...besideOf(input), ...filesOf(input)], {
      states,
      filters,
      rulesOf: (logSource) => store.read(sigmaStored, { logpointId, kind: 'rule', logSource }),
      placeholdersOf: listPlaceholders(store, logpointId),
    });
  },
  async finish(tx, ctx, input, prepared) {
    const request: ImportRequest = {
      logpointId: ctx.logpointId,
      owner: requiredText(input, 'owner'),
      repos: optionalTextList(input, 'repos') ?? VENDOR_REPOS,
      activate: optionalFlag(input, 'activate') ?? true,
      dryRun: optionalFlag(input, 'dry_run') ?? false,
      licence: optionalText(input, 'licence') ?? LICENCE_DEFAULT,
      compiler: compilerVersion(),
      beside: new Set(besideOf(input).map(({ name }) => name)),
    };
    const { rows, counts, narrowed } = await applySigmaImport(tx, prepared, request, authorOf(ctx));
    const { imported, updated, unchanged, refused } = counts;
    const message = `${imported} imported, ${updated} updated, ${unchanged} unchanged, ${refused} refused`;
    return { message, ...counts, narrowed, dry_run: request.dryRun, rows };
  },
};

const named = (files: Json | undefined): readonly SigmaFile[] =>
  (Array.isArray(files) ? files : []).filter(isJsonObject).map((file) => {
    return { name: requiredText(file, 'name').slice(0, 1_000), text: requiredText(file, 'content') };
  });

/** Of a dry run whose files come in several requests: what other requests have. */
function besideOf(input: JsonObject): readonly SigmaFile[] {
  const beside = named(input['beside']);
  if (beside.length === 0) return beside;
  const trouble =
    optionalFlag(input, 'dry_run') !== true
      ? 'beside is for a dry run: expected dry_run'
      : filesOf(input).some(({ name }) => beside.some((other) => other.name === name))
        ? 'a file of beside has the name of another file, expected names of their own'
        : null;
  if (trouble !== null) throw new AppError('invalid', 'SIGMA_RULES', trouble);
  return beside;
}

function filesOf(input: JsonObject): readonly SigmaFile[] {
  const yaml = optionalText(input, 'yaml');
  const files = named(input['files']);
  const all = yaml === undefined ? files : [{ name: 'request', text: yaml }, ...files];
  const count = all.length + (Array.isArray(input['beside']) ? input['beside'].length : 0);
  if (all.length === 0 || count > SIGMA_FILES_MAX) {
    const message = `yaml or 1 to ${SIGMA_FILES_MAX} files were expected, got ${all.length === 0 ? 0 : count} files`;
    throw new AppError('invalid', 'SIGMA_RULES', message);
  }
  return all;
}

export const sigmaOrders: readonly OrderKind[] = [importSigmaKind];
