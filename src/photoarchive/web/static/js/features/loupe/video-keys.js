/** The keys of the player, live while a video is shown: they go before those of the loupe. */
import { registerKeys } from 'pa/core/keys.js';

/** @typedef {Pick<import('./video.js').VideoPlayer, 'isOpen' | 'toggle' | 'skip' | 'stepFrame' | 'changeVolume' | 'toggleMuted'>} Player */

const LONG_S = 10, SHORT_S = 5;

/** @param {Player} player @returns {() => void} takes the keys away */
export function registerVideoKeys(player) {
  const when = () => player.isOpen;
  return registerKeys('loupe', [
    { keys: ['Space', 'k'], label: 'Play or pause', run: () => player.toggle() },
    { keys: ['j'], label: 'Ten seconds back', run: () => player.skip(-LONG_S) },
    { keys: ['l'], label: 'Ten seconds on', run: () => player.skip(LONG_S) },
    { keys: ['Shift+ArrowLeft'], label: 'Five seconds back', run: () => player.skip(-SHORT_S) },
    { keys: ['Shift+ArrowRight'], label: 'Five seconds on', run: () => player.skip(SHORT_S) },
    { keys: [','], label: 'One frame back', run: () => player.stepFrame(-1) },
    { keys: ['.'], label: 'One frame on', run: () => player.stepFrame(1) },
    { keys: ['ArrowUp'], label: 'Louder', run: () => player.changeVolume(1) },
    { keys: ['ArrowDown'], label: 'Quieter', run: () => player.changeVolume(-1) },
    { keys: ['m'], label: 'Mute', run: () => player.toggleMuted() },
  ].map((binding) => ({ ...binding, group: 'Video', when })));
}
