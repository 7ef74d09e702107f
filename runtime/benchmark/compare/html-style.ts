// The look of the page: light and dark, wide and narrow.

/** On paper as well, whatever the screen has. */
const LIGHT = `--ground:#fdfdfb;--card:#fff;--ink:#1d232b;--dim:#5d6673;--line:#dfe3e8;--warn:#8a4b00;--warn-ground:#fff3df;
--good:#0b7a4b;--bad:#b3261e;--depends:#8a5a00;
--function:#7b8794;--inline:#0a8f68;--thread-shared:#0067b8;--thread-actor:#d1520a;--thread-clone:#9a5fb5;--thread-transfer:#9a7400;
--process-shared:#0067b8;--process-actor:#d1520a;--process-nats:#9a5fb5;--process-ipc:#9a7400;
--here:#0067b8;--there:#d1520a;--between:#9aa3ad;
--s0:#0067b8;--s1:#d1520a;--s2:#0a8f68;--s3:#9a5fb5;--s4:#a67c00;--s5:#6b7480;--s6:#b0366b`

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{--ground:#12161b;--card:#1a2027;--ink:#e6eaef;--dim:#9aa5b1;--line:#323b45;--warn:#ffc983;--warn-ground:#33260f;
--good:#57d39b;--bad:#ff8a80;--depends:#f2c14e;
--function:#98a3af;--inline:#3fd6a3;--thread-shared:#5cb3f5;--thread-actor:#ff9657;--thread-clone:#d0a2e8;--thread-transfer:#f2c14e;
--process-shared:#5cb3f5;--process-actor:#ff9657;--process-nats:#d0a2e8;--process-ipc:#f2c14e;
--here:#5cb3f5;--there:#ff9657;--between:#7d8893;
--s0:#5cb3f5;--s1:#ff9657;--s2:#3fd6a3;--s3:#d0a2e8;--s4:#f2c14e;--s5:#aab4bf;--s6:#ff8fb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1040px;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.25rem;margin:2.75rem 0 .35rem}
h3{font-size:1rem;margin:0 0 .25rem}
p{margin:.35rem 0 .8rem;max-width:68ch}
.dim{color:var(--dim);font-size:.9rem}
.warn{background:var(--warn-ground);color:var(--warn);padding:.6rem .9rem;border-radius:.5rem;max-width:none}
.follows{padding:0;margin:.8rem 0;list-style:none;display:grid;gap:.6rem}
.follows li{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--thread-shared);border-radius:.4rem;padding:.6rem .9rem}
.square{table-layout:fixed;border-collapse:separate;border-spacing:.75rem;margin:.5rem -.75rem 0;width:calc(100% + 1.5rem);font-size:1rem}
.square caption{caption-side:bottom;text-align:left;color:var(--dim);font-size:.9rem;padding:0 .75rem;max-width:78ch}
.square td,.square th{border:0;padding:0;text-align:left;white-space:normal;vertical-align:middle}.square thead td,.square tbody th{width:6.5rem}
.square th{color:var(--ink);font-weight:600}.square tbody td{background:var(--card);border:1px solid var(--line);border-top:5px solid;border-radius:.6rem;padding:.7rem .9rem .8rem}.square tbody tr:last-child td{border-bottom:1px solid var(--line)}
.square p{margin:.35rem 0 .1rem;line-height:1.2;white-space:nowrap}.legend+.pair{margin-top:.7rem}.square b{font-size:1.5rem}.medium{color:var(--dim);font-size:.85rem}
.strip{display:block;position:relative;height:.75rem;border-radius:.2rem;background:repeating-linear-gradient(90deg,var(--line) 0 1px,transparent 1px calc(100%/var(--decades))) var(--ground);border-right:1px solid var(--line)}
.strip i{position:absolute;top:0;bottom:0;min-width:5px;border-radius:.2rem}
.question{font-size:.92rem;margin:.15rem 0 .4rem}figure details{margin:.3rem 0 0;font-size:.9rem}figure .scroll{border:0}
.pair{display:grid;align-items:start;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));gap:1rem}
figure{margin:0;align-self:stretch;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.9rem .9rem .6rem;min-width:0}
figure svg{width:100%;height:auto;display:block;margin-top:.4rem}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;padding:0;margin:.35rem 0 0;list-style:none;font-size:.85rem}
.legend svg{width:28px;height:12px;display:inline-block;margin:0 .35rem 0 0;vertical-align:middle}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem;background:var(--card);margin:.6rem 0}.pair .scroll{margin:0}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{padding:.4rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
td.words,th.words{white-space:normal;text-align:left;min-width:14rem}
th{color:var(--dim);font-weight:600;white-space:normal;vertical-align:bottom}.pair td,.pair th{padding:.35rem .45rem}tbody th{color:var(--ink);font-weight:400;vertical-align:middle}.pair th:first-child{white-space:normal}.pair>figure:only-child{max-width:560px}
th:first-child,td:first-child{text-align:left}:focus-visible{outline:3px solid var(--thread-shared);outline-offset:2px}
tr:last-child td{border-bottom:0}
.rest{text-align:left;white-space:normal}
tbody tr:last-child th{border-bottom:0}.field td,.field th{text-align:left;vertical-align:top}.field td{min-width:6rem;white-space:normal}.field th{white-space:nowrap}.figure{white-space:nowrap}.field .none{color:var(--dim)}.take{display:block;height:.55rem;border-radius:.3rem;margin:.1rem 0 .3rem}
.swatch{display:inline-block;width:26px;height:.55rem;border-radius:.3rem;margin-right:.35rem}
.counts{display:flex;flex-wrap:wrap;gap:.2rem 1.25rem}.changes{list-style:none;padding:0;margin:.6rem 0;display:grid;gap:.35rem}
.changes li{display:grid;grid-template-columns:minmax(0,2.2fr) minmax(0,1fr) minmax(0,1.4fr) minmax(0,1.6fr);gap:0 1rem;align-items:center;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.4rem .8rem;font-size:.9rem;overflow-wrap:anywhere}
.bar{position:relative;height:.6rem;border-left:1px solid var(--line);border-right:1px solid var(--line);background:linear-gradient(var(--dim),var(--dim)) center/1px 100% no-repeat}.bar i{position:absolute;top:0;bottom:0;border-radius:.2rem}
.holds{color:var(--good);font-weight:600}.not{color:var(--bad);font-weight:600}.depends{color:var(--depends);font-weight:600}
details{margin:.5rem 0}summary{cursor:pointer;padding:.3rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.9rem;margin:.6rem 0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:560px){.claims thead{display:none}.claims tr{display:grid;grid-template-columns:1fr auto;gap:0 .8rem;padding:.45rem .7rem;border-bottom:1px solid var(--line)}.claims tr:last-child{border:0}.claims td{border:0;padding:.1rem 0;min-width:0}.claims th{padding:.1rem 0;border:0;min-width:0}.claims td:first-child,.claims td:last-child{grid-column:1/-1;color:var(--dim)}.square{border-spacing:.4rem;margin-inline:-.4rem;width:calc(100% + .8rem)}.square thead td,.square tbody th{width:4.4rem}.square tbody th{font-size:.75rem}.square .medium{display:none}.square tbody td{padding:.5rem .55rem .6rem}.square b{font-size:1.05rem}.square caption{padding:0 .4rem}main{padding:1rem .75rem 3rem}h1{font-size:1.4rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}figure{padding:.7rem .5rem .4rem}.changes li{grid-template-columns:1fr auto}.changes .bar{grid-column:1/-1;margin:.25rem 0}.changes .dim{grid-column:1/-1}}
@media print{:root{color-scheme:light;${LIGHT}}body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}figure,tr,.follows li{break-inside:avoid}h2,h3{break-after:avoid}.pair{grid-template-columns:1fr 1fr}.scroll{overflow:visible}}
`
