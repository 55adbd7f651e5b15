/* Back and Forward go through what clicks on charts filter by, and Clear All clears it too: in Superset 6.1,
   Back leaves the page, and Clear All is for the filters of the bar alone. */

const CLEAR_ALL = '[data-test="filter-bar__clear-button"]';

/** What clicks filter by: masks of charts by the charts' ids. */
function clicksIn(store) {
  const masks = Object.entries(store.getState().dataMask ?? {});
  return Object.fromEntries(masks.filter(([id, mask]) => Number(id) && mask?.filterState?.value != null));
}

/** Make these the clicks that filter the page. */
function restore(store, wanted) {
  const chart = chartOf(document.querySelector(CHART));
  const now = clicksIn(store);
  for (const id of Object.keys({ ...now, ...wanted })) {
    const isSame = JSON.stringify(now[id]) === JSON.stringify(wanted[id]);
    if (!isSame) chart?.actions.updateDataMask(Number(id), wanted[id] ?? NO_FILTER);
  }
}

/** Superset disables the button unless a filter of the bar is set. */
function enableClearAll(hasClicks) {
  const button = document.querySelector(CLEAR_ALL);
  const properties = button && Object.keys(button).find(name => name.startsWith('__reactProps$'));
  if (properties) button.disabled = Boolean(button[properties].disabled) && !hasClicks;
}

function follow(store) {
  const pageOf = () => store.getState().dashboardInfo?.id;
  let [page, clicks, isRestoring] = [pageOf(), clicksIn(store), false];

  // Superset replaces the entry's state when it has stored the filters.
  const replaceState = history.replaceState.bind(history);
  history.replaceState = (state, ...rest) => {
    replaceState({ ...state, clicks: history.state?.clicks }, ...rest);
  };
  replaceState({ ...history.state, clicks }, '');

  store.subscribe(() => {
    const [previous, before] = [page, JSON.stringify(clicks)];
    [page, clicks] = [pageOf(), clicksIn(store)];
    if (JSON.stringify(clicks) === before) return;
    setTimeout(enableClearAll, 0, Object.keys(clicks).length > 0);
    if (page === previous && !isRestoring) history.pushState({ ...history.state, clicks }, '');
  });

  function goTo(wanted) {
    isRestoring = true;
    restore(store, wanted);
    isRestoring = false;
  }

  addEventListener('popstate', ({ state }) => {
    if (state?.clicks && page === pageOf()) goTo(state.clicks);
  });
  document.addEventListener('click', ({ target }) => {
    if (target.closest?.(CLEAR_ALL)) restore(store, {});
  }, true);
}

document.addEventListener('pointerover', function start({ target }) {
  const box = target.closest?.('[data-test="dashboard-content"], .dashboard-content, .dashboard');
  const store = box && storeOf(box);
  if (!store) return;
  document.removeEventListener('pointerover', start, true);
  follow(store);
}, true);
