/* What a chart's title does not say: which filters and clicks do not narrow it, for as long as they are set, and that
   its last month is not over. Superset shows the same figures as before, and says nothing. */

const HEADER = '[data-test="slice-header"] .header-title';
const DAY = 24 * 60 * 60 * 1000;

/** Filters of the bar and clicks that are set, with their columns and the titles of these in their own dataset. */
function setFilters({ dataMask = {}, nativeFilters = {}, dashboardInfo = {} }, charts) {
  return Object.entries(dataMask).flatMap(([id, { filterState = {}, extraFormData = {} }]) => {
    const value = filterState.value;
    if (value == null || value.length === 0 || value === 'No filter') return [];
    const columns = (extraFormData.filters ?? []).map(({ col }) => col).filter(col => typeof col === 'string');
    const filter = nativeFilters.filters?.[id];
    const dataset = filter?.targets?.[0]?.datasetId ?? datasetOf(charts.find(chart => String(chart.chartId) === id));
    const titles = dashboardInfo.titles?.[dataset] ?? {};
    return [{ id, columns, titles, name: filter?.name, excluded: filter?.scope?.excluded ?? [] }];
  });
}

const datasetOf = chart => chart?.formData.datasource?.split('__')[0];

/** Which of what is set does not narrow the chart, or narrows it by something else of that name. */
function scopeOf(chart, filters, { dashboardInfo = {} }) {
  const own = dashboardInfo.titles?.[datasetOf(chart)];
  const others = own ? filters.filter(({ id }) => id !== String(chart.chartId)) : [];
  const isOut = ({ excluded }) => excluded.includes(chart.chartId);
  const ignored = others.flatMap(filter => {
    const { name, titles, columns } = filter;
    if (isOut(filter)) return [name];
    return columns.filter(column => !(column in own)).map(column => name ?? titles[column] ?? column);
  });
  const renamed = others.filter(filter => !isOut(filter)).flatMap(({ titles, columns }) =>
    columns.filter(column => column in own && own[column] !== (titles[column] ?? own[column])).map(each => own[each]));
  const [not, by] = [ignored, renamed].map(names => [...new Set(names)].join(', '));
  return [not && `not by ${not}`, by && `by ${by.toLowerCase()}`];
}

/** Whether the chart compares months with others, which those that are not over are left out of. */
function compares({ viz_type: kind, y_axis_format: format, adhoc_filters: conditions }) {
  // A card counts the months that are compared.
  if (kind.startsWith('big_number')) return false;
  return format?.startsWith('+') || Boolean(conditions?.some(({ subject }) => /^is_comparable/.test(subject)));
}

/** Whether the page's period goes on after this day; those that are counted from the end of the data do not. */
function goesBeyond({ extra_form_data: chosen }, day) {
  const period = chosen?.time_range ?? 'No filter';
  return period === 'No filter' || new Date(period.split(' : ')[1]) > day.getTime() + DAY;
}

/** Months of the chart that are not over, by the last day of the last whole month and the last day of the data. */
function incompleteIn({ formData: form, queriesResponse }, ends) {
  if (!ends) return '';
  const [whole, last] = [ends.whole, ends.last].map(day => new Date(day));
  const isCompared = compares(form);
  let [begin, end] = [Infinity, -Infinity];
  for (const answer of queriesResponse ?? []) {
    for (const { month } of Array.isArray(answer?.data) ? answer.data : []) {
      // Months after the data, such as those of a forecast, are whole.
      if (typeof month !== 'number' || month <= whole.getTime() || month > last.getTime()) continue;
      [begin, end] = [Math.min(begin, month), Math.max(end, month)];
    }
  }
  if (begin > end) {
    // They may leave it out, too.
    if (!isCompared || last <= whole || !goesBeyond(form, whole)) return '';
    [begin, end] = [whole.getTime() + DAY, last.getTime()];
  }
  const [first, final] = [begin, end].map(monthOf);
  if (first !== monthOf(last)) return `${wordsOf([first, final])} ${isCompared ? 'not compared' : 'incomplete'}`;
  const days = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1, 0)).getUTCDate();
  return `${wordsOf([first])} (${last.getUTCDate()} of ${days} days)${isCompared ? ' not compared' : ''}`;
}

function tell(element, text) {
  const title = element.closest('[data-test="chart-grid-component"]')?.querySelector(HEADER);
  const note = title?.querySelector('.chart-scope');
  if (!title || (note?.textContent ?? '') === text) return;
  if (!text) {
    note.remove();
    return;
  }
  const place = note ?? title.appendChild(document.createElement('span'));
  place.className = 'chart-scope';
  place.textContent = text;
}

afterChanges(() => {
  const elements = [...document.querySelectorAll(CHART)];
  const state = storeOf(elements[0])?.getState();
  if (!state) return;
  // What describes the data as a whole, such as the line of status, follows no filter at all.
  const whole = state.dashboardInfo?.metadata?.global_chart_configuration?.scope?.excluded ?? [];
  const charts = elements.map(element => [element, chartOf(element)]).filter(([, chart]) => chart);
  const filters = setFilters(state, charts.map(([, chart]) => chart));
  for (const [element, chart] of charts) {
    if (whole.includes(chart.chartId)) continue;
    const notes = [...scopeOf(chart, filters, state), incompleteIn(chart, state.dashboardInfo?.ends)];
    tell(element, notes.filter(Boolean).join(' · '));
  }
});
