import { darkPalette, lightPalette, type ColorRole } from '../palette.js';

const roles = Object.keys(lightPalette) as ColorRole[];

const variables = (palette: Readonly<Record<ColorRole, string>>) =>
  roles.map((role) => `--${role}:${palette[role]}`).join(';');

/** Charts are drawn in the light palette; each of its colours becomes that of its role. */
const chartColors = roles
  .map(
    (role) =>
      `svg [fill="${lightPalette[role]}"]{fill:var(--${role})}svg [stroke="${lightPalette[role]}"]{stroke:var(--${role})}`,
  )
  .join('\n');

/** The page's style sheet, also for pieces used apart from it: system fonts, two palettes, a phone's width, paper. */
export const reportStyle = `
:root{color-scheme:light dark;${variables(lightPalette)}}
@media (prefers-color-scheme:dark){@media screen{:root{${variables(darkPalette)}}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:60rem;padding:2.5rem 1.25rem 4rem;background:var(--ground);color:var(--ink);
  font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1,h2,h3,h4,p,dl,ul,figure{margin:0}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin-bottom:.75rem}
h2{font-size:1.3rem;line-height:1.3;font-weight:650;margin:3rem 0 1rem;padding-top:.75rem;border-top:1px solid var(--rule)}
h3,h4{font-size:1rem;line-height:1.4;font-weight:650;margin:1.75rem 0 .6rem}
h3.task{font-size:1.12rem;margin-top:2.25rem}
p{max-width:44rem}
p+p{margin-top:.5rem}
a{color:var(--accent)}
.leakage{max-width:none;margin-bottom:1.75rem;padding:.7rem 1rem;border-left:3px solid var(--warning);background:var(--panel)}
.leakage strong{color:var(--warning)}
.result{font-size:1.1rem}
.result strong{font-weight:650}
.disclaimer{margin-top:.75rem;color:var(--muted)}
.disclaimer time{margin-left:.75rem;white-space:nowrap}
.note,.detail,figcaption,caption,summary{color:var(--muted)}
.note,figcaption,caption,summary{font-size:.86rem;line-height:1.5}
.note{max-width:44rem;margin-top:.75rem}
.note ul{padding-left:1.1rem;margin-top:.25rem}
.detail{font-size:.86rem;font-weight:400}
nav{margin-top:1.5rem}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.92rem}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.92rem;line-height:1.4;margin-top:1.5rem}
.scroll table{margin-top:.25rem}
section>.scroll{margin-top:1.5rem}
caption{text-align:left;padding-bottom:.45rem;color:var(--ink);font-weight:600}
th,td{padding:.38rem .8rem;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--rule);font-weight:400}
th:first-child,td:first-child{padding-left:0}
tbody th{max-width:20rem;min-width:8.4rem}
thead th{color:var(--muted);font-size:.82rem;border-bottom:1px solid var(--muted);vertical-align:bottom}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal;min-width:4.6rem;overflow-wrap:normal}
.own th,.own td{font-weight:650}
.own+.quoted th,.own+.quoted td{border-top:1px solid var(--muted)}
.quoted{color:var(--muted)}
.failed th{font-weight:650}
.failure{color:var(--warning);max-width:44rem}
.interval{font-weight:400;color:var(--muted);font-size:.86rem}
#comparison .interval{display:block}
.means tr:first-child th,.means tr:first-child td{border-top:1px solid var(--muted)}
sup{font-size:.7em;line-height:0}
.beside{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start;margin-top:1rem}
.beside>*{min-width:0}
.chart svg{max-width:100%;height:auto;vertical-align:middle}
.chart figcaption{margin-top:.35rem}
.key{display:inline-block;margin-right:1.1rem;white-space:nowrap}
.curves{margin-top:1.5rem}
.curves .beside{margin-top:0}
.matrices{display:flex;flex-wrap:wrap;gap:1.25rem 2.5rem}
.matrices figure{min-width:0;max-width:100%}
.matrices figcaption{color:var(--ink);margin:0 0 .35rem}
.classes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:0 2rem}
.gallery{display:flex;flex-wrap:wrap;gap:.6rem;align-items:flex-start}
.gallery img{display:block;max-width:100%;height:auto;background:var(--panel)}
.skipped dt,.definitions dt{color:var(--muted);font-size:.9rem}
.skipped{font-size:.92rem}
.skipped dd{margin:0 0 .5rem}
.definitions{font-size:.92rem;max-width:48rem}
.definitions div{display:grid;grid-template-columns:minmax(7rem,14rem) minmax(0,1fr);gap:.1rem 1rem;padding:.32rem 0;border-bottom:1px solid var(--rule)}
.definitions dd{margin:0}
.flow{list-style:none;margin:0;padding:0;max-width:48rem}
.flow li{position:relative;display:grid;grid-template-columns:40px minmax(0,1fr) minmax(0,auto) auto;gap:0 .9rem;align-items:center;
  padding:.55rem .9rem;border:1px solid var(--rule);border-radius:6px;background:var(--panel)}
.flow li+li{margin-top:18px}
.flow li+li::before{content:"";position:absolute;left:33px;top:-19px;height:18px;border-left:1.5px solid var(--muted)}
.flow li+li::after{content:"";position:absolute;left:29.5px;top:-7px;border:4px solid transparent;border-top:6px solid var(--muted);border-bottom:0}
.flow .head{background:none}
.flow strong{font-weight:650}
.flow .size{text-align:right;line-height:1.35}
.shape{white-space:nowrap}
.flow .detail{display:block;line-height:1.4}
.glyph rect{fill:var(--accent);fill-opacity:.18;stroke:var(--accent);stroke-width:1.25}
.marks{display:flex;gap:.35rem}
.marks:empty{display:none}
.mark{display:inline-block;width:1.35rem;height:1.35rem;border:1.5px solid var(--muted);border-radius:50%;font-size:.75rem;line-height:1.2rem;text-align:center;color:var(--muted)}
.mark.trained{background:var(--accent);border-color:var(--accent);color:var(--ground)}
.mark.part{border-style:dashed;border-color:var(--accent);color:var(--accent)}
.mark.none{visibility:hidden}
details{margin-top:.75rem}
summary{cursor:pointer}
.flow .size .detail{white-space:nowrap}
.explained{margin-top:1.75rem}
.explained .id{margin:0}
.verdict{max-width:none;margin-bottom:.6rem}
.verdict .wrong{color:var(--warning)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.9rem}
.panel{position:relative;background:#fff;line-height:0}
.panel img{width:100%;height:auto}
.region{position:absolute;inset:0;width:100%;height:100%}
.region rect{fill:none;stroke:#000;stroke-width:1.25;stroke-dasharray:4 3;vector-effect:non-scaling-stroke}
.region .halo{stroke:#fff;stroke-width:2.5;stroke-dasharray:none}
.panels figcaption{margin-top:.3rem;color:var(--ink)}
.panels .detail{display:block}
.colorbar{max-width:26rem;margin:1.5rem auto 0;text-align:center}
.colorbar img{display:block;width:100%;height:.8rem;border:1px solid var(--rule)}
.ticks{display:flex;justify-content:space-between;font-size:.82rem;margin-top:.15rem}
.ticks span{flex:1;text-align:center}
.ticks span:first-child{text-align:left}
.ticks span:last-child{text-align:right}
${chartColors}
@media (max-width:36rem){
  body{padding:1.5rem 1rem 3rem}
  h1{font-size:1.5rem}
  th,td{padding:.35rem .55rem}
  .flow li{grid-template-columns:40px minmax(0,1fr) auto;padding:.5rem .6rem;gap:0 .7rem}
  .flow .size{grid-column:2;text-align:left}
  .flow .marks{grid-column:3;grid-row:1;align-self:start}
  .flow .size{margin-top:.25rem}
  .interval{display:block}
  caption{position:sticky;left:0;max-width:calc(100vw - 2rem)}
  .gallery img{max-height:6.6rem;width:auto}
  .disclaimer time{display:block;margin-left:0}
  .flow li+li::before{left:30px}
  .flow li+li::after{left:26.5px}
  .panels{grid-template-columns:repeat(2,minmax(0,1fr))}
  .definitions div{grid-template-columns:minmax(0,1fr)}
}
@media print{
  @page{margin:16mm 14mm}
  :root{color-scheme:light}
  html{font-size:10pt}
  body{max-width:none;padding:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
  nav,details:not([open]){display:none}
  h2,h3,h4,caption,h2+p{break-after:avoid}
  figure,tr,.scroll,.flow li,.explained,.gallery,.beside{break-inside:avoid}
  .scroll{overflow:visible}
  .curves .beside>div,.matrices figure{flex:1 1 40%}
  .classes{grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr))}
  .gallery img{max-height:6.5rem;width:auto}
  .panels{grid-template-columns:repeat(auto-fit,minmax(34mm,1fr))}
}
`;
