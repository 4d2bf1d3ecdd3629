import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import { AppError, refuse } from '../shared/errors.ts';
import { digestHex, type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { parseRuleFiles } from './rule-file.ts';

/** Files that a logpoint keeps, and their characters together. */
export const UPLOADS_MAX = 200;
export const UPLOADS_CHARS_MAX = 20_000_000;
/** Letters, digits, dot, dash, underscore: a name, never a path. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** A file of rules that waits to be installed. */
export type RuleUpload = {
  readonly id: ObjectId;
  readonly fileName: string;
  readonly chars: number;
  /** Rules in it, those that cannot be read among them. */
  readonly rules: number;
  readonly uploadedAtMs: number;
  readonly uploadedBy: string;
};

const COLUMNS = `id, file_name as "fileName", chars, rules, uploaded_at_ms as "uploadedAtMs",
  uploaded_by as "uploadedBy"`;

export type UploadReport = {
  readonly upload: RuleUpload;
  /** One row a rule: its name, or why it is none. */
  readonly rows: readonly JsonObject[];
};

/**
 * Keeps the file, in place of an earlier one of its name, and tells what is in it. Nothing runs before it is installed.
 *
 * @throws AppError kind `refused`: `UPLOAD_INVALID`, `UPLOADS_FULL`; kind `invalid`: `RULE_FILE`
 */
export async function uploadRules(
  tx: Tx,
  logpointId: LogpointId,
  file: { readonly fileName: string; readonly content: string },
  by: Author,
): Promise<UploadReport> {
  const { fileName, content } = file;
  if (!FILE_NAME.test(fileName)) {
    const seen = JSON.stringify(fileName.slice(0, 60));
    const message = `1 to 100 letters, digits, '.', '_' or '-' were expected, got ${seen}`;
    throw refuse('UPLOAD_INVALID', `file_name: ${message}`, { file_name: [message] });
  }
  const rules = parseRuleFiles(content, fileName);
  const sums = await tx.get<{ n: number; chars: number | null }>(
    'select count(*) as n, sum(chars) as chars from rule_uploads where logpoint_id = ? and file_name <> ?',
    [logpointId, fileName],
  );
  if ((sums?.n ?? 0) >= UPLOADS_MAX || (sums?.chars ?? 0) + content.length > UPLOADS_CHARS_MAX) {
    const limit = `${UPLOADS_MAX} files with ${UPLOADS_CHARS_MAX} characters together`;
    throw refuse('UPLOADS_FULL', `the logpoint keeps at most ${limit}`);
  }
  const upload: RuleUpload = {
    id: newObjectId(tx.nowMs),
    fileName,
    chars: content.length,
    rules: rules.length,
    uploadedAtMs: tx.nowMs,
    uploadedBy: by.actor,
  };
  await tx.run('delete from rule_uploads where logpoint_id = ? and file_name = ?', [logpointId, fileName]);
  await tx.run(
    `insert into rule_uploads (id, logpoint_id, file_name, content, chars, rules, uploaded_at_ms, uploaded_by)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    [upload.id, logpointId, fileName, content, upload.chars, upload.rules, tx.nowMs, by.actor],
  );
  await audit(tx, logpointId, 'alert rules uploaded', upload, by, digestHex([content], 64));
  const rows = rules.map((rule) =>
    rule instanceof AppError
      ? { success: false, message: rule.message }
      : { success: true, name: rule.fields['searchname'] ?? '' },
  );
  return { upload, rows };
}

const LIST: ListShape = {
  columns: COLUMNS,
  from: 'rule_uploads',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'file_name',
  changed: ['uploaded_at_ms'],
};

/** By name. */
export const listUploads = (tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<RuleUpload[]> =>
  selectSlice<RuleUpload>(tx, LIST, [logpointId], slice);

export const storedUploads: StoredList<LogpointId, RuleUpload> = {
  rows: listUploads,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

export async function findUpload(
  tx: ReadTx,
  logpointId: LogpointId,
  fileName: string,
): Promise<{ readonly content: string } | null> {
  const row = await tx.get<{ content: string }>(
    'select content from rule_uploads where logpoint_id = ? and file_name = ?',
    [logpointId, fileName],
  );
  return row ?? null;
}

/** Rules that were installed from it stay. @throws AppError `UPLOAD_UNKNOWN` */
export async function trashUpload(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<RuleUpload> {
  const upload = (await listUploads(tx, logpointId)).find((one) => one.id === id);
  if (upload === undefined) throw refuse('UPLOAD_UNKNOWN', 'Upload not found');
  await tx.run('delete from rule_uploads where id = ? and logpoint_id = ?', [id, logpointId]);
  await audit(tx, logpointId, 'alert rules upload trashed', upload, by, null);
  return upload;
}

export const uploadRow = (upload: RuleUpload): JsonObject => ({
  id: upload.id,
  file_name: upload.fileName,
  file_location: 'private',
  size: upload.chars,
  rules: upload.rules,
  uploaded_at: Math.floor(upload.uploadedAtMs / 1000),
  uploaded_by: upload.uploadedBy,
});

async function audit(
  tx: Tx,
  logpointId: LogpointId,
  action: string,
  upload: RuleUpload,
  by: Author,
  sha256: string | null,
): Promise<void> {
  const state = { file_name: upload.fileName, size: upload.chars, rules: upload.rules };
  await appendAudit(tx, {
    ...by,
    logpointId,
    action,
    objectType: 'alert rule upload',
    objectId: upload.id,
    ...(sha256 === null ? { before: state } : { after: { ...state, sha256 } }),
  });
}
