/* Country maps have a legend, and the codes of their regions: Superset 6.1 paints neither. */

const MAP = '.superset-legacy-chart-country-map';
const SVG = 'http://www.w3.org/2000/svg';
// By chart: codes of the regions that it has painted with a figure. A map that is narrowed to one of them
// paints no figure for the others, which can be clicked all the same.
const members = new Map();

/** The regions with a figure, from the smallest figure to the largest. */
function figuresOf(map) {
  const rows = chartOf(map.closest(CHART))?.queriesResponse?.[0]?.data ?? [];
  const figures = new Map(rows.map(row => [row.country_id, row.metric]));
  return [...map.querySelectorAll('path.region')]
    .map(region => ({ region, code: region.__data__?.properties.ISO }))
    .map(each => ({ ...each, figure: figures.get(each.code) }))
    .filter(({ figure }) => typeof figure === 'number')
    .sort((one, other) => one.figure - other.figure);
}

function legendOf(figures) {
  const [least, most] = [figures[0].figure, figures.at(-1).figure];
  const placeOf = figure => (100 * (figure - least)) / (most - least);
  const stops = figures.map(({ region, figure }) => `${region.style.fill} ${placeOf(figure)}%`);
  const scale = document.createElement('i');
  scale.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  const legend = document.createElement('div');
  legend.className = 'map-legend';
  legend.append(sizeOf(least), scale, sizeOf(most));
  return legend;
}

function name({ region, code }) {
  const box = region.getBBox();
  const text = document.createElementNS(SVG, 'text');
  text.textContent = code.split('-').at(-1);
  text.setAttribute('class', 'map-name');
  text.setAttribute('x', box.x + box.width / 2);
  text.setAttribute('y', box.y + box.height / 2);
  region.parentNode.append(text);
}

/** A click on a region without a figure would empty the page, this map with it: such regions are no members. */
function markMembers(map, figures) {
  const chartId = chartOf(map.closest(CHART))?.chartId;
  const codes = new Set([...(members.get(chartId) ?? []), ...figures.map(({ code }) => code)]);
  members.set(chartId, codes);
  for (const region of map.querySelectorAll('path.region'))
    region.classList.toggle('map-member', codes.has(region.__data__?.properties.ISO));
}

function complete(map) {
  const figures = figuresOf(map);
  if (!figures.length || map.querySelector('.map-name')) return;
  figures.forEach(name);
  markMembers(map, figures);
  if (figures[0].figure < figures.at(-1).figure) map.append(legendOf(figures));
}

// A map is painted again after each filter.
afterChanges(() => document.querySelectorAll(MAP).forEach(complete));
