/* Clicks that Superset 6.1 gets wrong or leaves out: see docs/decisions/0032-clicks.md.

   A filter is set with Superset's own action, so it is one of the page's cross-filters: named in the filter
   bar, cleared there, kept in links. What is needed of Superset is looked for at each click; where it is not
   found, nothing changes. */

const WITH_AXES = /^(echarts_(timeseries.*|area)|mixed_timeseries)$/;
const OTHERS = 'Others';
const TIME = 2; // a column's type in Superset's answers
const corrected = new WeakSet();

/** Filter the page by values of columns; clear this filter if it is the chart's own already. */
function toggle(chart, shown, label = shown.map(([, value]) => value).join(', ')) {
  if (chart.emitCrossFilters === false) return;
  const isChosen = chart.filterState?.selectedValues?.includes(label);
  chart.actions.updateDataMask(chart.chartId, isChosen ? NO_FILTER : {
    extraFormData: { filters: shown.map(([col, value]) => ({ col, op: 'IN', val: [value] })) },
    filterState: { label, value: [label], selectedValues: [label] },
  });
}

const first = value => [value].flat()[0];
const isKnown = ([column, value]) => typeof column === 'string' && value != null;
const known = shown => shown.every(isKnown) && shown;

function shownByBubble({ data: [, , , entity, series] }, form) {
  const column = first(form.series);
  return known([[first(form.entity), entity], ...(column ? [[column, series]] : [])]);
}

function shownByCell({ data: [x, y] }, form, { xAxis, yAxis }, { colnames = [], coltypes = [] } = {}) {
  const shown = known([[form.x_axis, xAxis[0].data?.[x]], [first(form.groupby), yAxis[0].data?.[y]]]);
  const hasTime = colnames.some((name, i) => coltypes[i] === TIME && name !== first(form.metric));
  return !hasTime && shown;
}

/** Columns and values that a mark shows, for charts of which Superset does not know them; else false. */
function shownBy(mark, { formData: form, queriesResponse }, axes) {
  if (form.viz_type === 'bubble_v2') return shownByBubble(mark, form);
  if (form.viz_type === 'heatmap_v2') return shownByCell(mark, form, axes, queriesResponse?.[0]);
  const isOfCategories = [axes.xAxis?.[0]?.type, axes.yAxis?.[0]?.type].includes('category');
  const isPlain = !form.groupby?.length && !form.groupby_b?.length;
  return WITH_AXES.test(form.viz_type) && isOfCategories && isPlain && known([[form.x_axis, mark.name]]);
}

/** The column's members that the chart shows by name; series are columns of its answer. */
function membersOf(chart, column) {
  const rows = chart.queriesResponse?.[0]?.data ?? [];
  const shown = rows.flatMap(row => column in row ? row[column] : Object.keys(row));
  return [...new Set(shown)].filter(name => name !== OTHERS && name !== chart.formData.x_axis);
}

/** Superset would look for members that are called Others; they are all but those that the chart names. */
function withoutOthers(filter, chart) {
  const isOthers = chart.formData.group_others_when_limit_reached && [filter.val].flat().includes(OTHERS);
  return isOthers ? { col: filter.col, op: 'NOT IN', val: membersOf(chart, filter.col) } : filter;
}

function correctActions(actions, chart) {
  const { updateDataMask } = actions;
  actions.updateDataMask = (id, mask) => {
    const { filters, ...rest } = mask.extraFormData ?? {};
    if (!filters?.length) return updateDataMask(id, mask);
    const extraFormData = { ...rest, filters: filters.map(filter => withoutOthers(filter, chart())) };
    return updateDataMask(id, { ...mask, extraFormData });
  };
}

/* Superset filters by the axis's title in place of its column, and on a horizontal bar by the figure in
   place of the category; mixed charts, bubbles and heat maps do not filter at all. */
function correctDrawing(drawing, chart) {
  const { trigger } = drawing;
  drawing.trigger = function (event, mark, ...rest) {
    const isOfMark = mark?.componentType === 'series' && ['click', 'contextmenu'].includes(event);
    const shown = isOfMark && shownBy(mark, chart(), drawing.getOption());
    if (!shown) return trigger.call(this, event, mark, ...rest);
    if (event === 'click') {
      toggle(chart(), shown);
      return this;
    }
    // Without data, the menu does not offer Superset's own filter.
    const isWrong = WITH_AXES.test(chart().formData.viz_type);
    return trigger.call(this, event, isWrong ? { ...mark, data: null } : mark, ...rest);
  };
}

function once(target, correct) {
  if (!target || corrected.has(target)) return;
  corrected.add(target);
  correct(target);
}

// Before the click itself, which Superset and ECharts then report to what was corrected.
document.addEventListener('pointerdown', event => {
  const box = event.target.closest?.(CHART);
  const chart = () => chartOf(box);
  if (!box || !chart()) return;
  once(chart().actions, actions => correctActions(actions, chart));
  const picture = event.target.closest('[_echarts_instance_]');
  once(picture && drawingOf(picture), drawing => correctDrawing(drawing, chart));
}, true);

// A country map sends no filter: a click would zoom. maps.js marks the regions that have a figure.
document.addEventListener('click', event => {
  const region = event.target.closest?.(`${CHART} .superset-legacy-chart-country-map path.region`);
  const chart = region && chartOf(region.closest(CHART));
  const shape = region?.__data__?.properties;
  if (!chart || !shape?.ISO) return;
  event.stopPropagation();
  if (!region.classList.contains('map-member')) return;
  toggle(chart, [[chart.formData.entity, shape.ISO]], shape.NAME_2 || shape.NAME_1);
}, true);
