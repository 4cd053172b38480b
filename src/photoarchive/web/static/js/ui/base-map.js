/**
 * The world, drawn from the map files that come with photoArchive: no request leaves this machine.
 * MapLibre and PMTiles are loaded with the first map.
 */

/** @typedef {import('maplibre-gl').Map} Map */
/** @typedef {import('maplibre-gl').StyleSpecification} Style */
/** @typedef {{center?: [number, number], zoom?: number, label: string}} Options center: longitude, latitude */

const ATTRIBUTION = 'Natural Earth · GeoNames CC BY 4.0';
/** Beyond this the base map has nothing more to show; photos of one spot come apart. */
export const MAX_ZOOM = 18;
const MIN_ZOOM = 0;
const CITY_LABELS = { 'text-font': ['sans-serif'], 'text-padding': 6 };

/** @type {Promise<typeof import('maplibre-gl')> | null} */
let loading = null;

/** Whether this browser can draw a map at all. */
export function canDrawMaps() {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}

/**
 * A map of the world in an element that has a size. Resolves when its first tiles are drawn; fails when the browser
 * cannot draw it.
 * @param {HTMLElement} container @param {Options} options @returns {Promise<Map>}
 */
export async function createBaseMap(container, { center = [10, 25], zoom = 1, label }) {
  const { Map: MapLibre } = await library();
  const map = new MapLibre({
    container, center, zoom, minZoom: MIN_ZOOM, maxZoom: MAX_ZOOM, style: style(), attributionControl: false, fadeDuration: 0,
    dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, locale: { 'Map.Title': label }, canvasContextAttributes: { antialias: false },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  container.append(attribution());
  map.once('idle', () => performance.mark('map-idle'));     // for who measures
  await new Promise((resolve, reject) => {
    map.once('load', resolve);
    // One tile that did not come is a gap in the map, and no reason to do without it.
    map.on('error', (event) => { if (!('sourceId' in event) && !('tile' in event)) reject(event.error); });
  });
  performance.mark('map-drawn');
  return map;
}

function library() {
  loading ??= load().catch((error) => {
    loading = null; // another try may work
    throw error;
  });
  return loading;
}

async function load() {
  const [maplibre, { Protocol }] = await Promise.all([import('maplibre-gl'), import('pmtiles'), loadSheet()]);
  maplibre.addProtocol('pmtiles', new Protocol().tile);
  maplibre.setWorkerCount(1);
  return maplibre;
}

/** MapLibre's own style sheet, once. @returns {Promise<void>} */
function loadSheet() {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = fileUrl('vendor/maplibre-gl/maplibre-gl.css');
  return new Promise((resolve, reject) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => reject(new Error('The style of the map could not be loaded.')));
    document.head.append(link);
  });
}

function attribution() {
  const line = document.createElement('p');
  line.className = 'map-attribution';
  line.textContent = ATTRIBUTION;
  return line;
}

/** @param {string} path below the static files */
function fileUrl(path) {
  return new URL(`../../${path}`, import.meta.url).href;
}

/** Dark and quiet, from the design's own colours: photos are the brightest thing on it. @returns {Style} */
function style() {
  const [sea, land, line, faint, text, halo] = ['--map-sea', '--map-land', '--map-border', '--map-faint', '--map-text', '--map-sea'].map(token);
  return {
    version: 8,
    sources: {
      world: { type: 'vector', url: `pmtiles://${fileUrl('data/map/world.pmtiles')}` },
      cities: { type: 'vector', url: `pmtiles://${fileUrl('data/map/cities.pmtiles')}` },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': sea } },
      { id: 'land', type: 'fill', source: 'world', 'source-layer': 'land', paint: { 'fill-color': land } },
      { id: 'lakes', type: 'fill', source: 'world', 'source-layer': 'lakes', minzoom: 2, paint: { 'fill-color': sea } },
      { id: 'rivers', type: 'line', source: 'world', 'source-layer': 'rivers', minzoom: 3, paint: { 'line-color': token('--map-water'), 'line-width': 1 } },
      { id: 'states', type: 'line', source: 'world', 'source-layer': 'states', minzoom: 4.5, paint: { 'line-color': faint, 'line-width': 0.6 } },
      { id: 'borders', type: 'line', source: 'world', 'source-layer': 'borders', paint: { 'line-color': line, 'line-width': 0.9 } },
      {
        id: 'cities', type: 'symbol', source: 'cities', 'source-layer': 'cities', minzoom: 2,
        layout: { ...CITY_LABELS, 'text-field': ['get', 'n'], 'text-size': ['interpolate', ['linear'], ['get', 'p'], 15000, 10.5, 10000000, 14], 'symbol-sort-key': ['-', 0, ['get', 'p']] },
        paint: { 'text-color': text, 'text-halo-color': halo, 'text-halo-width': 1.2 },
      },
    ],
  };
}

/** @param {string} name @returns {string} */
function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
