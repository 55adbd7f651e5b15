/* A card says of which months its figure is, and how it changed on the same months of the year before, which
   superset/config/last_year.py asks for as well. Superset's own change is that of the latest month alone. */

const CARD = '.superset-legacy-chart-big-number';
const PERIOD = '[data-test-chart-name="Period"]';
const NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const percent = writerOf('+,.1%');
const CLASSES = { true: 'card-good', false: 'card-bad' };

/** Months since the year 0, which can be counted. */
function monthOf(time) {
  const day = new Date(time);
  return 12 * day.getUTCFullYear() + day.getUTCMonth();
}

/** Figures of an answer by month; null where a month has none. */
function figuresByMonth(answer, form) {
  const rows = (answer?.data ?? []).map(row => [monthOf(row[form.x_axis]), row[form.metric]]);
  return new Map(rows.sort(([one], [other]) => one - other));
}

/** Months in words, as in `Jan to Oct 2026`. */
function wordsOf(months) {
  const [first, last] = [months[0], months.at(-1)];
  const yearOf = month => Math.floor(month / 12);
  const name = (month, isShort) => NAMES[month % 12] + (isShort ? '' : ` ${yearOf(month)}`);
  return first === last ? name(last) : `${name(first, yearOf(first) === yearOf(last))} to ${name(last)}`;
}

/** The sign of a currency in front of figures; nothing where the metric has none of its own. */
function signOf(metric) {
  const given = metric?.currency;
  const code = (typeof given === 'string' ? JSON.parse(given) : given)?.symbol;
  if (!code) return '';
  const style = { style: 'currency', currency: code, currencyDisplay: 'narrowSymbol' };
  const parts = new Intl.NumberFormat('en', style).formatToParts(0);
  return `${parts.find(({ type }) => type === 'currency').value} `;
}

/** A change in words, with its sign: of shares in points, of others absolute and per cent. */
function changeInWords(now, before, format, sign) {
  const change = now - before;
  if (format.endsWith('%')) return `${percent(change).replace('%', ' points')} on last year`;
  const isMoney = format.includes('$');
  const size = format.endsWith('.2f')
    ? cents.format(Math.abs(change))
    : sizeOf(change, { isTrimmed: false, isMoney });
  const plus = !/[1-9]/.test(size) ? '' : change < 0 ? '-' : '+';
  const relative = before ? ` (${percent(change / Math.abs(before))})` : '';
  return `${plus}${sign || (isMoney ? symbolOfMoney : '')}${size}${relative} on last year`;
}

/** Whether a change in words is good; undefined where neither direction is, and where it is written as none. */
function isGood(change, metric) {
  const direction = /goes (up|down)/.exec(metric?.certification_details)?.[1];
  const sign = /^[+-]/.exec(change)?.[0];
  return direction && sign ? (sign === '+') === (direction === 'up') : undefined;
}

/** The gap to a target in words, which superset/config/target_gaps.py asks for; empty where the card has none. */
function gapOf(answers) {
  const gap = answers[1]?.data?.[0]?.target_gap;
  if (gap == null) return '';
  return `${writerOf('+$,.3s', symbolOfMoney)(gap)} against target`;
}

/** What a card says below its figure: its months, and the change with whether it is good. */
function linesOf({ formData: form, queriesResponse: answers, datasource }) {
  const now = figuresByMonth(answers?.[0], form);
  const known = [...now.keys()].filter(month => now.get(month) != null);
  if (typeof form.metric !== 'string' || !known.length) return null;
  const isLatest = form.aggregation === 'LAST_VALUE';
  const months = isLatest ? known.slice(-1) : form.y_axis_format?.startsWith('+') ? [...now.keys()] : known;
  const period = wordsOf(months);
  // The trend, then the figure of all months, then the same of the year before.
  const asked = isLatest ? 1 : 2;
  if (answers.length < 2 * asked) {
    const isPart = known.length < months.length;
    return { period, change: isPart ? `${known.length} of ${months.length} months compared` : '' };
  }
  const before = figuresByMonth(answers[asked], form);
  const compared = months.filter(month => before.get(month - 12) != null);
  if (compared.length < months.length) {
    return { period, change: `${compared.length} of ${months.length} months comparable` };
  }
  const [figure, then] = isLatest
    ? [now.get(months[0]), before.get(months[0] - 12)]
    : [answers[1], answers[3]].map(answer => answer.data?.[0]?.[form.metric]);
  if (figure == null || then == null) return { period, change: '' };
  const metric = datasource?.metrics?.find(each => each.metric_name === form.metric);
  const change = changeInWords(figure, then, form.y_axis_format ?? '', signOf(metric));
  return { period, change, isGood: isGood(change, metric) };
}

function say(card) {
  const chart = chartOf(card.closest(CHART));
  const lines = chart?.formData.time_grain_sqla === 'P1M' && linesOf(chart);
  const box = card.querySelector('.text-container');
  if (!lines || !box) return;
  const place = box.querySelector('.card-lines') ?? box.appendChild(document.createElement('div'));
  const gap = gapOf(chart.queriesResponse);
  const isAhead = { '+': true, '-': false }[gap[0]];
  const texts = [[gap, CLASSES[isAhead] ?? ''], [lines.period, ''], [lines.change, CLASSES[lines.isGood] ?? '']];
  fill(place, 'card-lines', texts.filter(([text]) => text));
}

/** Amounts of the line of the period, which the warehouse writes in full, as cards write them. */
function shorten(line) {
  const shorter = line.textContent.replace(/([+-])(\d[\d,]*)(?= (?:\(|against))/g, (_, sign, digits) => {
    const size = sizeOf(Number(digits.replaceAll(',', '')), { isTrimmed: false, isMoney: true });
    return `${sign}${symbolOfMoney}${size}`;
  });
  if (shorter !== line.textContent) line.textContent = shorter;
}

afterChanges(() => {
  document.querySelectorAll(CARD).forEach(say);
  if (symbolOfMoney) document.querySelectorAll(`${PERIOD} td`).forEach(shorten);
});
