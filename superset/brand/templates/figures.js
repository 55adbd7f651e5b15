/* Figures of charts as people write them. `.3s` of d3 is three significant digits, but of 6,359 it makes 6.36k, of a
   billion a G, of 50 cents $500m; and `+` gives zero a sign. The same as `shown` of tradewind.report.numbers. */

const FORMAT = /^(\+?)(\$?),\.(?:3(~?)s|([01])%)$/;
const plain = (least, most) =>
  new Intl.NumberFormat('en', { minimumFractionDigits: least, maximumFractionDigits: most });
const compact = least =>
  new Intl.NumberFormat('en', { notation: 'compact', minimumSignificantDigits: least, maximumSignificantDigits: 3 });
const [whole, hundredths, cents, trimmed, padded] = [plain(0, 0), plain(0, 2), plain(2, 2), compact(1), compact(3)];

// Of the reporting currency, as soon as Superset has asked for a format.
let symbolOfMoney = '';

/** Size of a figure: in full below 10,000, else its three first digits, as in 9.80M. */
function sizeOf(figure, { isTrimmed = true, isMoney = false } = {}) {
  const size = Math.abs(figure);
  if (size >= 9999.5) return (isTrimmed ? trimmed : padded).format(size).replace('K', 'k');
  if (size >= 100 || Number.isInteger(size)) return whole.format(size);
  return (isMoney ? cents : hundredths).format(size);
}

/** What writes figures by this format; nothing where d3 does it right. */
function writerOf(format, symbol) {
  const [, plus, dollar, tilde, decimals] = FORMAT.exec(format) ?? [];
  if (plus === undefined || (decimals && !plus)) return null;
  const percent = decimals && plain(+decimals, +decimals);
  return figure => {
    const size = percent
      ? `${percent.format(Math.abs(figure) * 100)}%`
      : sizeOf(figure, { isTrimmed: tilde === '~', isMoney: dollar === '$' });
    const sign = /[1-9]/.test(size) ? (figure < 0 ? '-' : plus) : '';
    return `${sign}${dollar && symbol}${size}`;
  };
}

/** Have Superset's class of formats, which all of its charts share, write figures so. */
function writeFigures(registry) {
  const get = registry.get;
  registry.get = function (format) {
    // The share of a slice, which no control of a pie sets.
    const formatter = get.call(this, format === ',.2%' ? ',.1%' : format);
    [symbolOfMoney] = this.d3Format.currency;
    const writer = writerOf(String(format).trim(), symbolOfMoney);
    if (writer) formatter.formatFunc = writer;
    return formatter;
  };
}

/** Of a file of Superset's modules, change the one that defines that class, before any chart asks for a format. */
function changeModules([, modules]) {
  for (const [name, define] of Object.entries(modules ?? {})) {
    if (!String(define).includes('name:"NumberFormatter"')) continue;
    modules[name] = function (module, exports, require) {
      define.call(this, module, exports, require);
      Object.values(exports).filter(each => each.prototype?.setD3Format).forEach(each => writeFigures(each.prototype));
    };
  }
}

// Webpack, which loads Superset's files, gives this list another `push` as soon as it runs.
const files = (window.webpackChunksuperset ??= []);
let push = files.push.bind(files);
Object.defineProperty(files, 'push', {
  set: given => (push = given),
  get: (current = push) => file => (changeModules(file), current(file)),
});
