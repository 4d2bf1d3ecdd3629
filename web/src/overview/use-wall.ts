import { useEffect, useRef } from 'react';

/** Fills the screen and keeps it lit while `isWall`; `onLeft` is told when somebody leaves with Escape. */
export function useWall(isWall: boolean, onLeft: () => void): void {
  const left = useRef(onLeft);
  left.current = onLeft;
  useEffect(() => {
    if (!isWall) return undefined;
    let lock: WakeLockSentinel | null = null;
    let isOver = false;
    // Both are refused where nobody has touched the page, as on a kiosk that opens the address: it is a wall all the same.
    document.documentElement.requestFullscreen().catch(() => undefined);
    navigator.wakeLock
      ?.request('screen')
      .then((taken) => {
        lock = taken;
        if (isOver) void taken.release();
      })
      .catch(() => undefined);
    const onChange = (): void => {
      if (document.fullscreenElement === null) left.current();
    };
    document.addEventListener('fullscreenchange', onChange);
    return () => {
      isOver = true;
      document.removeEventListener('fullscreenchange', onChange);
      void lock?.release();
      if (document.fullscreenElement !== null) void document.exitFullscreen();
    };
  }, [isWall]);
}
