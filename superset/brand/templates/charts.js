/* How the scripts beside this one find the parts of Superset's pages: by React's records on elements. */

const CHART = '[data-test="chart-grid-component"] [id^="chart-id-"]';
const NO_FILTER = { extraFormData: { filters: [] }, filterState: { value: null, selectedValues: null } };

/** React's records of the element and of what contains it, from the inside out. */
function* fibers(element) {
  const key = element && Object.keys(element).find(name => name.startsWith('__reactFiber$'));
  for (let fiber = key && element[key]; fiber; fiber = fiber.return) yield fiber;
}

/** Properties of the component that draws the chart: its id, form, figures, filter and actions. */
function chartOf(element) {
  for (const { stateNode } of fibers(element)) {
    if (stateNode?.props?.chartId && stateNode.props.actions?.updateDataMask) return stateNode.props;
  }
  return null;
}

/** The drawing of ECharts in the element, which its component keeps as a reference. */
function drawingOf(element) {
  for (const fiber of fibers(element)) {
    for (let hook = fiber.memoizedState; hook?.next !== undefined; hook = hook.next) {
      const kept = hook.memoizedState?.current;
      if (kept?.getZr && kept.trigger) return kept;
    }
  }
  return null;
}

/** The page's store, where all filters are. */
function storeOf(element) {
  for (const { memoizedProps } of fibers(element)) {
    if (memoizedProps?.store?.getState && memoizedProps.store.subscribe) return memoizedProps.store;
  }
  return null;
}

/** Have an element of this class hold these lines, each a text and a class; untouched where it holds them already. */
function fill(place, name, lines) {
  const shown = JSON.stringify(lines);
  if (place.dataset.shown === shown) return;
  place.className = name;
  place.dataset.shown = shown;
  place.replaceChildren(...lines.map(([text, className]) => {
    const line = document.createElement('span');
    return Object.assign(line, { textContent: text, className });
  }));
}

/** Complete what Superset has painted: after changes of the page, at most once per frame. */
function afterChanges(complete) {
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      complete();
    });
  }).observe(document, { childList: true, subtree: true });
}
