/** What the preview cache holds: one stacked bar with the budget, what all previews would need, clearing. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { onServer } from 'pa/core/events.js';
import { bytes, count, percent, plural } from 'pa/core/format.js';
import { getJson, newest, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { setPolicy } from 'pa/features/settings/refresh.js';
import { confirmDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';
import { styles } from 'pa/ui/styles.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{count: number, bytes: number, budget_bytes?: number, current?: number, stale?: number, progress_pct?: number}} TierUse */
/** @typedef {{memory: {bytes: number, budget_bytes: number, items: number}, disk: {root: string, bytes: number, budget_bytes: number, tiers: Record<string, TierUse>}, eligible_images: number, stale_policy: 'keep'|'refresh', recommendations: string[]}} CacheStatus */

const TIERS = [
  { name: 'sm', label: 'Small', colour: '--work-previews' },
  { name: 'md', label: 'Medium', colour: '--work-embed' },
  { name: 'lg', label: 'Large', colour: '--work-deep' },
  { name: 'full', label: 'Originals', colour: '--work-originals' },
  { name: 'strip', label: 'Video frames', colour: '--work-faces' },
  { name: 'clip', label: 'Clips of motion photos', colour: '--work-scan' },
];
/** Tiers that not every photo has: no share of them says anything. */
const OF_SOME = new Set(['full', 'strip', 'clip']);
const REFRESH_MS = 5000;
const FEWEST_FOR_ESTIMATE = 20; // fewer previews say too little about the mean size

class PaCacheStatus extends PaElement {
  #status = signal(/** @type {CacheStatus | null} */ (null));
  #error = signal('');
  #asked = 0;
  #ask = newest();

  connected() {
    void this.#load();
    this.whenGone(onServer('work', () => { if (performance.now() - this.#asked > REFRESH_MS) void this.#load(); }));
    this.whenGone(onServer('settings', () => void this.#load()));
  }

  template() {
    const status = this.#status.value;
    if (!status) return html`<p class="muted" role="status">${this.#error.value || 'Measuring the cache…'}</p>`;
    const { disk, memory } = status;
    const whole = Math.max(disk.budget_bytes, disk.bytes, 1);
    return html`<section class="cache" aria-labelledby="cache-title">
      <header><h3 id="cache-title">On the drive</h3><span class="muted">${bytes(disk.bytes)} of ${bytes(disk.budget_bytes)}</span></header>
      <div class="cache-bar" role="img" aria-label=${`${bytes(disk.bytes)} of ${bytes(disk.budget_bytes)} used`}>${TIERS.map((tier) => {
        const share = (disk.tiers[tier.name]?.bytes ?? 0) / whole;
        return html`<i ${styles({ inlineSize: `${share * 100}%`, background: `var(${tier.colour})` })}></i>`;
      })}</div>
      <ul role="list" class="cache-tiers">${TIERS.map((tier) => this.#tier(tier, disk.tiers[tier.name], status.eligible_images))}</ul>
      <p class="muted cache-memory">In memory: ${bytes(memory.bytes)} of ${bytes(memory.budget_bytes)}, ${plural(memory.items, 'preview')}.</p>
      ${status.recommendations.map((advice) => html`<p class="cache-advice">${icon('info')}<span>${advice}</span></p>`)}
      <div class="row-wrap">${this.#again(status)}<button type="button" class="btn" ?disabled=${disk.bytes === 0} @click=${this.#clear}>${icon('trash-2')}Clear the cache…</button></div></section>`;
  }

  /** @param {typeof TIERS[number]} tier @param {TierUse | undefined} use @param {number} photos */
  #tier(tier, use, photos) {
    const made = use?.count ?? 0;
    const stale = use?.stale ?? 0;
    return html`<li data-tier=${tier.name}><i ${styles({ background: `var(${tier.colour})` })}></i><b>${tier.label}</b>
      <span>${count(made)}${!OF_SOME.has(tier.name) && photos ? html`, ${percent(Math.min(1, made / photos))}` : nothing}</span>
      <span>${bytes(use?.bytes ?? 0)}</span>${stale ? html`<small>${count(stale)} of an older size</small>` : nothing}${this.#need(tier, use, photos)}</li>`;
  }

  /** @param {CacheStatus} status */
  #again(status) {
    const stale = Object.values(status.disk.tiers).some((tier) => tier.stale);
    if (!stale || status.stale_policy === 'refresh') return nothing;
    return html`<button type="button" class="btn" @click=${() => setPolicy('refresh').then(() => this.#load())}>${icon('refresh-cw')}Make old previews again</button>`;
  }

  /** "All medium previews need 38 GB", from the mean of those that exist. @param {typeof TIERS[number]} tier @param {TierUse | undefined} use @param {number} photos */
  #need(tier, use, photos) {
    if (!use || OF_SOME.has(tier.name) || use.count < FEWEST_FOR_ESTIMATE || use.count >= photos) return nothing;
    return html`<small>All ${tier.label.toLowerCase()} previews need ${bytes((use.bytes / use.count) * photos)}</small>`;
  }

  async #load() {
    this.#asked = performance.now();
    const isNews = this.#ask();
    try {
      const status = await getJson('/api/cache/status');
      if (!isNews()) return;
      this.#status.value = status;
      this.#error.value = '';
    } catch (error) {
      this.#error.value = sentenceOf(error);
    }
  }

  #clear = async () => {
    const disk = this.#status.value?.disk;
    const sure = await confirmDialog({
      title: 'Clear the cache?',
      confirm: `Delete ${bytes(disk?.bytes ?? 0)}`,
      danger: true,
      body: html`<p>All previews and the copies of originals in <span class="break">${disk?.root}</span> are deleted. They are made again when needed, which takes time;
        photos on drives that are away have no picture until the drive is back.</p>
        <p class="add-promise">${icon('shield-check')}Originals, flags, stars and names are not touched.</p>`,
    });
    if (!sure) return;
    try {
      await postJson('/api/cache/clear');
      showToast('The cache is empty.', { kind: 'done' });
      await this.#load();
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  };
}

define('pa-cache-status', PaCacheStatus);
