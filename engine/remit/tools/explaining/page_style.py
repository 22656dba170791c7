"""How the page of `remit explain --html` looks: on light paper, on dark, and printed."""

STYLE = """
h2 { font-size: 1.05rem; margin: 2.2rem 0 .7rem; } p { margin: .2rem 0; }
code { overflow-wrap: anywhere; } .dim { color: var(--dim); } b { font-weight: 650; }
.verdict { display: flex; gap: 1.1rem; padding: 1.1rem 1.3rem; border-radius: 10px;
  border: 1px solid var(--mark); border-left-width: 6px; background: var(--mark-paper); }
.good { --mark: var(--good); --mark-paper: var(--good-paper); }
.bad { --mark: var(--bad); --mark-paper: var(--bad-paper); }
.odd { --mark: var(--odd); --mark-paper: var(--odd-paper); }
.none { --mark: var(--dim); --mark-paper: var(--panel); }
.verdict .sign { font-size: 2.4rem; line-height: 1.1; color: var(--mark); margin: 0; }
.verdict h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; color: var(--mark); }
.verdict .reason { font-size: 1.05rem; font-weight: 600; margin-top: .4rem; }
.also { margin: .3rem 0 0; padding-left: 1.2rem; } .note { color: var(--odd); margin-top: .6rem; }
.layers { list-style: none; display: grid; grid-template-columns: repeat(4, 1fr); gap: .8rem;
  margin: 0; padding: 0; }
.layers > li { border: 1px solid var(--rule); border-top: 4px solid var(--mark); border-radius: 8px;
  padding: .7rem .9rem .8rem; }
.layers h3 { margin: 0; font-size: .95rem; text-transform: capitalize; }
.layers .about { color: var(--dim); font-size: .8rem; line-height: 1.35; min-height: 2.7em; }
.layers .said { font-weight: 650; color: var(--mark); }
.layers ul { margin: .4rem 0 0; padding: 0; list-style: none; font-size: .85rem; line-height: 1.45; }
.fixes { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; margin: 0; }
.fixes dt { color: var(--dim); padding-top: .05rem; } .fixes dd { margin: 0; }
.fixes ul { margin: 0; padding-left: 1.1rem; }
.rule { border: 1px solid var(--rule); border-left: 4px solid var(--mark); border-radius: 8px;
  margin: .7rem 0; padding: 0 1rem; }
.rule > summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem;
  padding: .6rem 0; cursor: pointer; list-style: none; }
.rule > summary::-webkit-details-marker { display: none; }
.rule > summary::before { content: "▸"; color: var(--dim); width: .6rem; }
.rule[open] > summary::before { content: "▾"; }
.rule[open] { padding-bottom: .7rem; }
.number { color: var(--dim); font-variant-numeric: tabular-nums; }
.effect { font-weight: 650; } .outcome { color: var(--mark); font-weight: 650; }
.where { margin-left: auto; color: var(--dim); font: 12px/1.5 ui-monospace, monospace; }
.where span + span::before { content: ", "; }
pre.policy { background: var(--panel); border-radius: 6px; padding: .6rem .8rem; margin: 0 0 .7rem;
  overflow-x: auto; }
.policy .k, .policy .kd { color: var(--word); font-weight: 600; } .policy .ow { color: var(--word); }
.policy .kc, .policy .kt { color: var(--word); } .policy .s2 { color: var(--text); }
.policy .nl { color: var(--scope); } .policy .m, .policy .mf, .policy .mi { color: var(--scope); }
.policy .c1 { color: var(--dim); font-style: italic; }
.tree, .tree ul { list-style: none; margin: 0; padding: 0; }
.tree ul { padding-left: 1.15rem; margin-left: .35rem; border-left: 1px solid var(--rule); }
.tree li { padding: .12rem 0; color: var(--dim); } .tree summary { cursor: pointer; }
.tree li.decides { color: var(--ink); } .tree li.decides > code { font-weight: 650; }
.tree .truth { display: inline-block; min-width: 4rem; font-size: .85rem; font-weight: 600; }
.tree :is(.true > .truth, .true > details > summary > .truth) { color: var(--good); }
.tree :is(.false > .truth, .false > details > summary > .truth) { color: var(--bad); }
.tree :is(.error > .truth, .error > details > summary > .truth) { color: var(--odd); }
.mark { margin-left: .6rem; border: 1px solid currentColor; border-radius: 99px; padding: 0 .5rem;
  font-size: .72rem; font-weight: 600; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.4rem; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
th, td { text-align: left; font-weight: inherit; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-top: 1px solid var(--rule); }
thead th { color: var(--dim); font-size: .8rem; border-top: 0; } tbody th { width: 14rem; }
td:last-child { width: 14rem; } .owed td:last-child { width: auto; }
tr.read > th { font-weight: 650; } tr.unread { color: var(--dim); }
a { color: inherit; text-underline-offset: 2px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 0;
  font-size: .85rem; color: var(--dim); } .facts dd { margin: 0; overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--rule); margin-top: 2.5rem; padding: 1rem 0 2rem; }
@media (max-width: 46rem) { .layers { grid-template-columns: repeat(2, 1fr); }
  .fixes, .facts { grid-template-columns: 1fr; } tbody th, td:last-child { width: auto; } }
@media print { details::details-content { content-visibility: visible; block-size: auto; }
  body { max-width: none; margin: 0; font-size: 12px; } .rule { break-inside: avoid; }
  .verdict, .layers > li, pre.policy { print-color-adjust: exact; } }
""".strip()
