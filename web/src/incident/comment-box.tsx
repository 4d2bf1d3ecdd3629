import { type FormEvent, useState } from 'react';

/** Comments that are being written, by incident: what is looked at meanwhile takes nothing away. */
const drafts = new Map<string, string>();

type CommentBoxProps = {
  readonly id: string;
  readonly fieldRef: React.RefObject<HTMLTextAreaElement | null>;
  readonly onComment: (text: string) => Promise<boolean>;
};

export function CommentBox({ id, fieldRef, onComment }: CommentBoxProps) {
  const [text, setText] = useState(drafts.get(id) ?? '');
  const [isBusy, setBusy] = useState(false);
  const write = (next: string): void => {
    setText(next);
    if (next === '') drafts.delete(id);
    else drafts.set(id, next);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (text.trim() === '' || isBusy) return;
    setBusy(true);
    if (await onComment(text)) write('');
    setBusy(false);
  };
  return (
    <form className="comment" onSubmit={(event) => void submit(event)}>
      <textarea
        ref={fieldRef}
        aria-label="Comment"
        placeholder="Comment (Markdown), Ctrl+Enter to send"
        rows={2}
        value={text}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event);
          if (event.key === 'Escape') {
            event.preventDefault();
            fieldRef.current?.blur();
          }
        }}
      />
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? 'Sending…' : 'Comment'}
      </button>
    </form>
  );
}
