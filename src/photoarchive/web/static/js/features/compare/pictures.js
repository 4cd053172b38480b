/** Pictures of the boards, decoded before they are shown. Keeps those of the last few boards. */

/** @typedef {import('./api.js').Card} Card */
/** @typedef {'sm' | 'md' | 'lg' | 'full'} Tier */
/** @typedef {{url: string, image: HTMLImageElement, ready: boolean, failedAt: number, decoded: Promise<boolean>}} Picture */

/** Decoded sm pictures take about 0.5 MB, md ones about 10 MB. */
const KEPT = { sm: 64, md: 8, lg: 2, full: 2 };
/** A picture that failed is asked for again after this long. */
const AGAIN_MS = 10_000;

/** @type {Record<Tier, Map<string, Picture>>} */
const kept = { sm: new Map(), md: new Map(), lg: new Map(), full: new Map() };

/** Photos whose file cannot be reached are only asked for in the cache. @param {Card} card @param {Tier} tier */
export function pictureUrl(card, tier) {
  const path = tier === 'full' ? `/api/full/${card.id}` : `/api/thumb/${tier}/${card.id}`;
  return card.offline || card.missing ? `${path}?cached=1` : path;
}

/** The picture, decoded or on its way. @param {Card} card @param {Tier} tier @returns {Picture} */
export function pictureOf(card, tier) {
  const url = pictureUrl(card, tier), shelf = kept[tier], found = shelf.get(url);
  const failed = found !== undefined && found.failedAt > 0 && performance.now() - found.failedAt > AGAIN_MS;
  const picture = found && !failed ? found : fetchPicture(url);
  shelf.delete(url);
  shelf.set(url, picture);
  for (const old of shelf.keys()) {
    if (shelf.size <= KEPT[tier]) break;
    shelf.delete(old);
  }
  return picture;
}

/** @param {string} url @returns {Picture} */
function fetchPicture(url) {
  const image = new Image();
  image.alt = '';
  image.draggable = false;
  image.decoding = 'sync'; // it is decoded when it is put in: no blank frame
  /** @type {Picture} */
  const picture = { url, image, ready: false, failedAt: 0, decoded: Promise.resolve(false) };
  image.src = url;
  picture.decoded = image.decode().then(() => image.naturalWidth > 0, () => false).then((fine) => {
    picture.ready = fine;
    if (!fine) picture.failedAt = performance.now();
    return fine;
  });
  return picture;
}

/** The page is left: what is not on it need not be kept. */
export function forgetPictures() {
  for (const shelf of Object.values(kept)) shelf.clear();
}
