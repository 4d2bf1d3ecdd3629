import type { Tx } from '../control/control-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { createRule } from './rule-edits.ts';
import { parseRuleFiles } from './rule-file.ts';
import { findUpload } from './rule-uploads.ts';
import { VENDOR_REPOS, vendorRules } from './vendor-rules.ts';

export type InstallRequest = {
  /** Of the installed rules. */
  readonly owner: ObjectId;
  /** `vendor`: rules that ship with the program; `private`: those of an upload. */
  readonly location: 'vendor' | 'private';
  /** Of the upload; of the vendor's rule, with or without ending, every one of them when absent. */
  readonly fileName?: string | undefined;
  readonly repos?: readonly string[] | undefined;
};

type Candidate = { readonly file: string; readonly rule: JsonObject | AppError };

export type InstallReport = {
  readonly installed: number;
  readonly failed: number;
  readonly rows: readonly JsonObject[];
};

/**
 * Makes rules of the logpoint from rule files. Each stands alone: one that is refused (a name taken, a query that cannot
 * be planned) is told in its row, and the others are installed.
 *
 * @throws AppError kind `refused`, `UPLOAD_UNKNOWN`, when no file is meant
 */
export async function installRules(
  tx: Tx,
  logpointId: LogpointId,
  request: InstallRequest,
  by: Author,
): Promise<InstallReport> {
  const rows: JsonObject[] = [];
  let installed = 0;
  for (const { file, rule } of await candidates(tx, logpointId, request)) {
    try {
      if (rule instanceof AppError) throw rule;
      const data = { ...rule, repos: request.repos ?? VENDOR_REPOS, owner: request.owner };
      const made = await tx.attempt(() => createRule(tx, logpointId, data, by));
      installed += 1;
      rows.push({ file_name: file, success: true, name: made.name, id: made.id, alertrule_id: made.alertruleId });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const name = rule instanceof AppError ? '' : (rule['searchname'] ?? '');
      const fields = error.fields === undefined ? {} : { validationErrors: error.fields };
      rows.push({ file_name: file, success: false, name, message: error.message, ...fields });
    }
  }
  return { installed, failed: rows.length - installed, rows };
}

async function candidates(tx: Tx, logpointId: LogpointId, request: InstallRequest): Promise<readonly Candidate[]> {
  const { fileName } = request;
  if (request.location === 'vendor') {
    const wanted = vendorRules().filter(
      ({ id, vid }) => fileName === undefined || fileName === vid || fileName === `${vid}.yaml` || fileName === id,
    );
    if (wanted.length === 0) throw unknown(fileName);
    return wanted.map(({ vid, fields }) => ({ file: `${vid}.yaml`, rule: fields }));
  }
  const upload = await findUpload(tx, logpointId, fileName ?? '');
  if (upload === null) throw unknown(fileName);
  return parseRuleFiles(upload.content, fileName ?? '').map((rule) => ({
    file: fileName ?? '',
    rule: rule instanceof AppError ? rule : rule.fields,
  }));
}

const unknown = (fileName: string | undefined): AppError =>
  refuse('UPLOAD_UNKNOWN', `there is no file ${JSON.stringify((fileName ?? '').slice(0, 100))} to install`, {
    file_name: ['expected the name of an upload or of a vendor rule'],
  });
