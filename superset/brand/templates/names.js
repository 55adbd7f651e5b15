/* A table in a dialog, such as that of drill by, has the titles that readers know: in Superset 6.1 it has the
   names of the warehouse. */

/** Titles of columns and metrics by their names in the warehouse. */
function titlesOf(heading) {
  const titles = new Map();
  for (const { memoizedProps: props } of fibers(heading)) {
    for (const column of props?.dataset?.columns ?? []) titles.set(column.column_name, column.verbose_name);
    for (const [name, title] of Object.entries(props?.datasource?.verbose_map ?? {})) titles.set(name, title);
  }
  return titles;
}

function rename(heading) {
  const [name, share] = heading.textContent.split('__contribution');
  // Names of the warehouse are in lower case; what is not has its title already.
  const title = /^[a-z][a-z0-9_]*$/.test(name) && titlesOf(heading).get(name);
  if (title) heading.textContent = share === undefined ? title : `${title}, share`;
}

afterChanges(() => document.querySelectorAll('.ant-modal .ag-header-cell-text').forEach(rename));
