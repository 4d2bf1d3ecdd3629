import type { ReactNode } from 'react';

type TabHeadProps = {
  readonly title: string;
  /** What the list is for, in a sentence. */
  readonly about: string;
  /** What can be made. */
  readonly children?: ReactNode;
};

/** Above a list of the administration: what it is, and the way to make one more. */
export function TabHead({ title, about, children }: TabHeadProps) {
  return (
    <div className="tab-head">
      <div>
        <h2>{title}</h2>
        <p>{about}</p>
      </div>
      {children}
    </div>
  );
}
