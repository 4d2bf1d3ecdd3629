import { useTenant } from '../app/session-context.ts';
import { SourcesTab } from './sources-tab.tsx';
import '../parts/views.css';
import './admin.css';

/** Where logs come from, and what has gone quiet: the administration's tab as a view of its own. */
export function SourcesView() {
  const { pool, logpoint } = useTenant();
  return (
    <main id="main" className="admin-view">
      <header className="view-head">
        <h1>Sources</h1>
      </header>
      <SourcesTab key={`${pool}/${logpoint}`} />
    </main>
  );
}
