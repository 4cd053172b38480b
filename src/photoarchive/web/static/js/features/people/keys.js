/** The keys of the people page. */
import { registerKeys } from 'pa/core/keys.js';

/**
 * @typedef {object} PeopleActions
 * @property {() => boolean} asking whether a question is on screen
 * @property {(answer: 'yes'|'no'|'ignore') => void} answer
 * @property {() => void} skip
 * @property {() => void} leaveOut the faces that look like somebody else
 * @property {() => void} focusName the field for another name, or the one that finds names
 * @property {() => boolean} choosing whether faces of a person are on screen
 * @property {() => void} split
 * @property {() => void} rename
 * @property {() => boolean} back false when there was nothing to leave
 */

/** @param {PeopleActions} actions @returns {() => void} takes the keys away */
export function registerPeopleKeys(actions) {
  const asking = () => actions.asking(), choosing = () => actions.choosing();
  return registerKeys('people', [
    { keys: ['y'], label: 'Yes, it is', group: 'Review', when: asking, run: () => actions.answer('yes') },
    { keys: ['n'], label: 'No, and never ask again', group: 'Review', when: asking, run: () => actions.answer('no') },
    { keys: ['i'], label: 'Ignore', group: 'Review', when: asking, run: () => actions.answer('ignore') },
    { keys: ['s'], label: 'Skip for now', group: 'Review', when: asking, run: actions.skip },
    { keys: ['o'], label: 'Leave out the faces that look like somebody else', group: 'Review', when: asking, run: actions.leaveOut },
    { keys: ['/'], label: 'Another name; elsewhere: find a name', group: 'People', run: actions.focusName },
    { keys: ['r'], label: 'Name or rename the person', group: 'Person', when: choosing, run: actions.rename },
    { keys: ['t'], label: 'Split: the chosen faces, or those that look like two people', group: 'Person', when: choosing, run: actions.split },
    { keys: ['Escape'], label: 'Choose no faces, or back to all people', group: 'Person', run: actions.back },
  ]);
}
