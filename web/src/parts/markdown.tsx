import ReactMarkdown from 'react-markdown';
import { visibleText } from './hostile-text.tsx';

/** A comment's Markdown. HTML in it stays text, images are links, and links open elsewhere without telling from where. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown
        components={{
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noopener noreferrer nofollow">
              {children}
            </a>
          ),
          img: ({ src, alt }) => <span>{`[${alt ?? 'image'}](${String(src)})`}</span>,
        }}
      >
        {visibleText(text)}
      </ReactMarkdown>
    </div>
  );
}
