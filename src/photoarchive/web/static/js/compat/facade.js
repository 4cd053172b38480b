/** `window.PhotoArchive`: the few calls that scripts and bookmarklets may use. Thin: each is one call of ours. */
import { onServer } from 'pa/core/events.js';
import { postJson } from 'pa/core/http.js';
import { navigate, route } from 'pa/core/router.js';

/** @param {{undo: () => Promise<void>, redo: () => Promise<void>}} verbs */
export function installFacade({ undo, redo }) {
  const facade = Object.freeze({
    /** Open a photo in the loupe. @param {number} id */
    open: (id) => navigate(`/library/photo/${Number(id)}`),
    /** Show the search for a text in the library. @param {string} text */
    search: (text) => navigate(`/library?${new URLSearchParams({ q: String(text) })}`),
    /** Go to a page or any address of ours. @param {string} url */
    navigate: (url) => navigate(url),
    /** Set the flag of photos: "picked", "unflagged" or "rejected". @param {number | number[]} ids @param {string} flag */
    setFlag: (ids, flag) => postJson('/api/images/flag', { image_ids: [ids].flat(), flag }),
    /** Set the stars of photos: 0–5, or null for none. @param {number | number[]} ids @param {number | null} stars */
    setStars: (ids, stars) => postJson('/api/images/stars', { image_ids: [ids].flat(), stars }),
    undo,
    redo,
    /** Hear a server event; returns what stops it. @param {import('pa/core/events.js').ServerEvent} name @param {(data: any) => void} handler */
    on: (name, handler) => onServer(name, handler),
    /** Where the user is. */
    get page() { return route.value.page; },
  });
  Object.defineProperty(window, 'PhotoArchive', { value: facade, enumerable: true });
}
