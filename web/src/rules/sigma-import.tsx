import { type FormEvent, useState } from 'react';
import { order } from '../api/order.ts';
import { rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { Trouble } from '../parts/trouble.tsx';

type Fate = {
  readonly file: string;
  readonly title: string;
  readonly fate: string;
  readonly reason: string;
  readonly warnings: readonly string[];
};

const FILES_MAX = 500;

/** Takes Sigma files or text, says what would become of each rule, and imports them. */
export function SigmaImport({ onDone }: { readonly onDone: () => void }) {
  const { base, known } = useTenant();
  const [yaml, setYaml] = useState('');
  const [files, setFiles] = useState<readonly File[]>([]);
  const [isActivated, setActivated] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [report, setReport] = useState<{ readonly isDry: boolean; readonly rows: readonly Fate[] } | null>(null);

  const send = async (isDry: boolean): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      const read = await Promise.all(
        files.slice(0, FILES_MAX).map(async (file) => ({ name: file.name, content: await file.text() })),
      );
      const response = await order(`${base}/AlertRules/sigma`, {
        ...(read.length > 0 ? { files: read } : { yaml }),
        owner: known?.userId ?? '',
        activate: isActivated,
        dry_run: isDry,
      });
      const rows = rowsOf(response['rows'] ?? response['report']).map((row) => ({
        file: textOf(row['file']),
        title: textOf(row['title']),
        fate: textOf(row['fate']),
        reason: textOf(row['reason']),
        warnings: textsOf(row['warnings']),
      }));
      setReport({ isDry, rows });
      if (!isDry) onDone();
    } catch (error) {
      setTrouble(error);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send(true);
  };
  const isEmpty = yaml.trim() === '' && files.length === 0;
  return (
    <form className="box sigma" onSubmit={submit}>
      <label>
        Sigma files
        <input
          type="file"
          multiple
          accept=".yml,.yaml"
          onChange={(event) => setFiles([...(event.target.files ?? [])])}
        />
      </label>
      <label>
        or their text
        <textarea rows={6} value={yaml} spellCheck={false} onChange={(event) => setYaml(event.target.value)} />
      </label>
      <label className="check">
        <input type="checkbox" checked={isActivated} onChange={(event) => setActivated(event.target.checked)} /> switch
        them on
      </label>
      <div className="line-up">
        <button type="submit" disabled={isEmpty || isBusy}>
          Try without importing
        </button>
        <button type="button" className="primary" disabled={isEmpty || isBusy} onClick={() => void send(false)}>
          Import
        </button>
      </div>
      {trouble !== null && <Trouble error={trouble} />}
      {report !== null && (
        <div role="status">
          <p>
            {report.isDry ? 'Would be: ' : 'Done: '}
            {summaryOf(report.rows)}
          </p>
          <ul className="fates">
            {report.rows.map((row) => (
              <li key={`${row.file} ${row.title}`} className={row.fate}>
                <strong>{row.fate}</strong> {row.title || row.file} {row.reason}
                {row.warnings.length > 0 && <small> {row.warnings.join('; ')}</small>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}

function summaryOf(rows: readonly Fate[]): string {
  const counts = new Map<string, number>();
  for (const { fate } of rows) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  return [...counts].map(([fate, count]) => `${count} ${fate}`).join(', ') || 'no rule was found in it';
}
