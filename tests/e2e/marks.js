// The largest mark of a chart, or of those with the wanted name: its place in the window, what it shows, and
// the chart's form. Playwright calls this in the page.
(chart, wanted) => {
  function* fibers(element) {
    const key = Object.keys(element).find(name => name.startsWith('__reactFiber$'))
    for (let fiber = element[key]; fiber; fiber = fiber.return) yield fiber
  }

  function drawingOf(box) {
    for (const fiber of fibers(box))
      for (let hook = fiber.memoizedState; hook && typeof hook === 'object'; hook = hook.next)
        if (hook.memoizedState?.current?.getZr) return hook.memoizedState.current
  }

  /** Where on the drawing a mark is, and how large; points of lines have no size. */
  function placeOf(series, data, i) {
    const mark = data.getItemGraphicEl(i), shape = mark?.shape
    if (series.subType === 'line') {
      const points = data.getLayout('points')
      return {at: points && [points[2 * i], points[2 * i + 1]], size: 1}
    }
    if (shape?.startAngle !== undefined) {
      const angle = (shape.startAngle + shape.endAngle) / 2, radius = (shape.r + shape.r0) / 2
      const at = [shape.cx + Math.cos(angle) * radius, shape.cy + Math.sin(angle) * radius]
      return {at, size: Math.abs(shape.endAngle - shape.startAngle)}
    }
    if (!mark) return {}
    const {x, y, width, height} = mark.getBoundingRect()
    return {at: mark.transformCoordToGlobal(x + width / 2, y + height / 2), size: Math.abs(width * height)}
  }

  /** How far away the next mark is: where lines meet, any of them may be hit. */
  function spaceAround({at: [x, y]}, marks) {
    return Math.min(...marks.map(({at}) => Math.hypot(at[0] - x, at[1] - y)).filter(distance => distance > 0))
  }

  function marksOf(drawing) {
    const marks = []
    drawing.getModel().eachSeries(series => {
      const data = series.getData()
      for (let i = 0; i < data.count(); i++) {
        const {at, size} = placeOf(series, data, i)
        const shown = {series: series.name, name: data.getName(i), value: series.getRawValue(i)}
        const isPoint = series.subType === 'line'
        if (size > 0 && at && !at.some(isNaN)) marks.push({at, size, shown, isPoint})
      }
    })
    for (const mark of marks.filter(({isPoint}) => isPoint)) mark.size = spaceAround(mark, marks)
    return marks.sort((one, other) => other.size - one.size)
  }

  const inside = chart.querySelector('[id^="chart-id-"]')
  const {props} = [...fibers(inside)].find(({stateNode}) => stateNode?.props?.formData).stateNode
  const found = {form: props.formData, x: 0, y: 0, shown: null}
  const box = chart.querySelector('[_echarts_instance_]')
  if (box) {
    const {left, top} = box.getBoundingClientRect()
    const mark = marksOf(drawingOf(box))
      .find(({shown}) => !wanted || [shown.name, shown.series].includes(wanted))
    return mark ? {...found, x: left + mark.at[0], y: top + mark.at[1], shown: mark.shown} : found
  }
  // Cells of tables and regions of maps are elements.
  for (const element of chart.querySelectorAll('tbody td.dt-is-filter, path.map-member')) {
    const {x, y, width, height} = element.getBoundingClientRect()
    const middle = {x: x + width / 2, y: y + height / 2}
    const name = element.__data__?.properties.ISO ?? element.textContent.trim()
    if (name && document.elementFromPoint(middle.x, middle.y) === element)
      return {...found, ...middle, shown: {name}}
  }
  return found
}
