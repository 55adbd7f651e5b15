/* A gauge whose figure is unknown says so: Superset 6.1 writes "NaN", with a needle at the least value. */

const GAUGE = '[data-test="chart-grid-component"][data-test-viz-type="gauge_chart"] [id^="chart-id-"]';

/** What is said in place of the needle, and what the metric is; nothing where it has a figure. */
function wordsForUnknown({ formData: { metric }, queriesResponse, datasource }) {
  const rows = queriesResponse?.[0]?.data ?? [];
  if (!rows.length || rows.some(row => row[metric] != null)) return [];
  const { description } = datasource?.metrics?.find(each => each.metric_name === metric) ?? {};
  return ['No figure', description].filter(Boolean);
}

function sayUnknown(element) {
  const chart = chartOf(element);
  const words = chart ? wordsForUnknown(chart) : [];
  const note = element.querySelector('.gauge-unknown');
  if (!words.length) note?.remove();
  else fill(note ?? element.appendChild(document.createElement('div')), 'gauge-unknown', words.map(text => [text, '']));
}

afterChanges(() => document.querySelectorAll(GAUGE).forEach(sayUnknown));
