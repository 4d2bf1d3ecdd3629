import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { numberOf, objectOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { CHANGES, type Channel, type ChannelField, channelData, storedText } from './notification-fields.ts';

const NOTHING: JsonObject = {};

type NotificationFormProps = {
  readonly ruleId: string;
  readonly channel: Channel;
  /** The channel as it is set; null when it is not. */
  readonly set: JsonObject | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
};

/** Sets one channel of a rule. */
export function NotificationForm({ ruleId, channel, set, onClose, onDone }: NotificationFormProps) {
  const { base } = useTenant();
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const settings = objectOf(set?.['fields']);
  const save = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const data = channelData(channel, new FormData(event.currentTarget));
    setBusy(true);
    setTrouble(null);
    try {
      await order(`${base}/AlertRules/${ruleId}/${channel.operation}`, data);
      toast.done(`${channel.word}: set. Send a test to see it arrive`);
      onDone();
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  return (
    <form
      className="notification-form box-quiet"
      aria-label={`${channel.word} notification`}
      onSubmit={(e) => void save(e)}
    >
      {channel.fields.map((field) => (
        <Field key={field.name} field={field} settings={settings} />
      ))}
      <div className="line">
        <label>
          Sent
          <select name="dispatch_option" defaultValue={textOf(set?.['dispatch_option']) || 'auto'}>
            <option value="auto">when an incident is raised</option>
            <option value="manual">only when sent for investigation</option>
          </select>
        </label>
        <label>
          At most one in minutes (0 = each)
          <input
            name="threshold"
            className="short"
            inputMode="numeric"
            defaultValue={numberOf(set?.['threshold_s']) / 60}
          />
        </label>
      </div>
      <fieldset className="line">
        <legend>Also when an incident is</legend>
        {CHANGES.map((change) => (
          <label key={change} className="check">
            <input
              type="checkbox"
              name={`on ${change}`}
              defaultChecked={textsOf((set ?? NOTHING)['notify_on']).includes(change)}
            />
            {change.replace('_', ' ')}
          </label>
        ))}
      </fieldset>
      {set?.['has_secrets'] === true && (
        <p className="soon">Secrets are never shown, and have to be given again with every change.</p>
      )}
      {trouble !== null && <Trouble error={trouble} />}
      <div className="line">
        <button type="submit" className="primary" disabled={isBusy}>
          Set {channel.word}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Field({ field, settings }: { readonly field: ChannelField; readonly settings: JsonObject }) {
  const { name, word, kind, isRequired = false } = field;
  const text = storedText(field, settings);
  if (kind === 'check') {
    return (
      <label className="check">
        <input type="checkbox" name={name} defaultChecked={text === 'on'} />
        {word}
      </label>
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: one of three controls stands inside
    <label>
      {word}
      {typeof kind !== 'string' ? (
        <select name={name} defaultValue={text}>
          {kind.map((choice) => (
            <option key={choice} value={choice}>
              {choice === '' ? 'a body of its own' : choice}
            </option>
          ))}
        </select>
      ) : kind === 'area' ? (
        <textarea name={name} rows={3} defaultValue={text} spellCheck={false} required={isRequired} />
      ) : (
        <input
          name={name}
          type={kind === 'secret' ? 'password' : 'text'}
          autoComplete={kind === 'secret' ? 'new-password' : 'off'}
          inputMode={kind === 'number' ? 'numeric' : undefined}
          defaultValue={text}
          required={isRequired}
        />
      )}
    </label>
  );
}
