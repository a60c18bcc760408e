/// How pages look: light and dark, wide and narrow, by the browser's wishes.
enum Stylesheet {
    static let text = """
        :root {
          color-scheme: light dark;
          --ground: #f5f6f8; --panel: #ffffff; --text: #1c2430; --quiet: #566274; --line: #dde2e9; --strong: #c3cad5;
          --accent: #1f5fbf; --accent-soft: #e8f0fc; --good: #14713d; --good-soft: #e2f4e9; --warn: #8a5300;
          --warn-soft: #fdf1db; --bad: #b3261e; --bad-soft: #fdeaea; --plain-soft: #eceff4; --pass: #3f8f6b;
          --fail: #d3655d; --shadow: 0 1px 2px rgb(20 30 50 / 6%); --shade: rgb(20 30 50 / 30%);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #12161c; --panel: #1a2029; --text: #e6eaf0; --quiet: #a3aebd; --line: #2c3542; --strong: #435063;
            --accent: #8ab6ff; --accent-soft: #1f2f49; --good: #7fd6a4; --good-soft: #16301f; --warn: #f1c26c;
            --warn-soft: #33270f; --bad: #ff9d95; --bad-soft: #3a1c1c; --plain-soft: #28313d; --pass: #57b48b;
            --fail: #e07f77; --shadow: none; --shade: rgb(255 255 255 / 25%);
          }
        }
        * { box-sizing: border-box; }
        html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
          background: var(--ground); color: var(--text); -webkit-text-size-adjust: 100%; }
        body { margin: 0; min-height: 100vh; }
        body.framed { display: grid; grid-template-columns: 13.5rem minmax(0, 1fr);
          grid-template-rows: auto 1fr auto; grid-template-areas: "top top" "menu main" "menu foot"; }
        a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        main:focus { outline: none; }
        .skip { position: absolute; left: .5rem; top: -4rem; padding: .5rem 1rem; background: var(--panel);
          border: 2px solid var(--accent); border-radius: 6px; z-index: 10; }
        .skip:focus { top: .5rem; }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }
        [hidden] { display: none !important; }

        .top { grid-area: top; display: flex; align-items: center; gap: 1rem; padding: .6rem 1.25rem;
          background: var(--panel); border-bottom: 1px solid var(--line); }
        .brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.1rem;
          color: var(--text); text-decoration: none; min-width: 11rem; }
        .search { display: flex; gap: .4rem; flex: 1; max-width: 34rem; min-width: 0; }
        .search input { flex: 1; min-width: 0; }
        .who { margin-left: auto; display: flex; align-items: center; gap: .75rem; min-width: 0; }
        .me { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 12rem; }
        .menu { grid-area: menu; padding: 1rem .75rem; border-right: 1px solid var(--line); }
        .menu ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; position: sticky; top: 1rem; }
        .menu a { display: block; padding: .45rem .75rem; border-radius: 6px; color: var(--text);
          text-decoration: none; }
        .menu a:hover { background: var(--plain-soft); }
        .menu a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
        main { grid-area: main; padding: 1.5rem clamp(1rem, 3vw, 2.5rem); max-width: 82rem; width: 100%; }
        footer { grid-area: foot; padding: 0 clamp(1rem, 3vw, 2.5rem) 1.5rem; color: var(--quiet); font-size: .875rem; }
        .sign { display: flex; align-items: center; justify-content: center; gap: .7rem; margin-top: 8vh;
          font-weight: 650; font-size: 1.3rem; }
        .alone main { max-width: 26rem; width: calc(100% - 2rem); margin: 1.5rem auto 0;
          background: var(--panel); border: 1px solid var(--line);
          border-radius: 12px; padding: 2rem; box-shadow: var(--shadow); }
        .alone footer { text-align: center; padding-top: 1rem; }
        .alone footer p { max-width: none; }

        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; letter-spacing: -.01em; }
        h2 { font-size: 1.1rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
        h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; overflow-wrap: anywhere; }
        p { margin: 0 0 .75rem; max-width: 46rem; }
        p, li, dt, dd, summary, label, .next, .alert, .done { overflow-wrap: anywhere; }
        .crumbs ol { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .25rem; padding: 0;
          font-size: .9rem; }
        .crumbs li::after { content: "\\203a"; margin-left: .35rem; color: var(--quiet); }
        .tabs { margin: 0 0 1.25rem; border-bottom: 1px solid var(--line); overflow-x: auto; }
        .tabs ul { list-style: none; display: flex; gap: .25rem; margin: 0; padding: 0; }
        .tabs a { display: block; padding: .5rem .8rem; text-decoration: none; color: var(--quiet); white-space: nowrap;
          border-bottom: 3px solid transparent; }
        .tabs a:hover { color: var(--text); }
        .tabs a[aria-current] { color: var(--accent); border-bottom-color: var(--accent); font-weight: 600; }

        .card { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem;
          margin: 0 0 1.25rem; box-shadow: var(--shadow); }
        .card > :last-child { margin-bottom: 0; }
        .grid { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
        .grid > .card { margin: 0; }
        .grid { margin-bottom: 1.25rem; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1rem;
          margin: 0 0 1.25rem; }
        .figure { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem;
          box-shadow: var(--shadow); }
        .figure dt { color: var(--quiet); font-size: .85rem; }
        .figure dd { margin: 0; }
        .value { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; display: block;
          overflow-wrap: anywhere; }
        .note { color: var(--quiet); font-size: .85rem; }
        .quiet, .hint, .nothing { color: var(--quiet); }
        .hint { font-size: .875rem; margin: .25rem 0 0; }
        .next { border-left: 4px solid var(--accent); background: var(--accent-soft); padding: .75rem 1rem;
          border-radius: 0 8px 8px 0; margin: 0 0 1.25rem; max-width: none; }
        .alert { border-left: 4px solid var(--bad); background: var(--bad-soft); padding: .75rem 1rem;
          border-radius: 0 8px 8px 0; margin: 0 0 1.25rem; max-width: none; }
        .done { border-left: 4px solid var(--good); background: var(--good-soft); padding: .75rem 1rem;
          border-radius: 0 8px 8px 0; margin: 0 0 1.25rem; max-width: none; }

        table { border-collapse: collapse; width: 100%; font-size: .94rem; }
        th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--quiet); font-weight: 600; font-size: .82rem; white-space: nowrap;
          border-bottom-color: var(--strong); }
        tbody th { font-weight: 600; }
        td > div, tbody th > div { max-width: 22rem; overflow-wrap: break-word; }
        .n > div { margin-left: auto; }
        tbody tr:last-child > * { border-bottom: 0; }
        tbody tr:hover { background: color-mix(in srgb, var(--plain-soft) 45%, transparent); }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        time { white-space: nowrap; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; margin: 0 -.25rem; padding: 0 .25rem; }
        code, pre { font: .88em/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; }
        code { overflow-wrap: anywhere; }
        pre { background: var(--plain-soft); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem;
          overflow: auto; margin: 0 0 .75rem; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 34rem; }
        .badge { display: inline-block; padding: .05rem .55rem; border-radius: .8rem; font-size: .82rem;
          font-weight: 600; white-space: normal; overflow-wrap: break-word; max-width: 100%; min-width: 0;
          background: var(--plain-soft); color: var(--text); }
        .badge.short { white-space: nowrap; }
        .badge.good { background: var(--good-soft); color: var(--good); }
        .badge.warn { background: var(--warn-soft); color: var(--warn); }
        .badge.bad { background: var(--bad-soft); color: var(--bad); }
        .badges { display: flex; flex-wrap: wrap; gap: .3rem; }
        dl.facts { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: .4rem 1.25rem;
          margin: 0 0 .75rem; }
        dl.facts dt { color: var(--quiet); }
        dl.facts dd { margin: 0; overflow-wrap: anywhere; }
        .protection { border-top: 1px solid var(--line); padding: .85rem 0; }
        .protection:first-of-type { border-top: 0; padding-top: 0; }
        .protection h3 { display: flex; align-items: center; gap: .6rem; margin: 0 0 .25rem; }
        .protection p { margin: 0 0 .4rem; }
        .scroll:has([data-live] > tr) + .nothing { display: none; }
        details.more > summary, details.row > summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
        details[open] > summary { margin-bottom: .5rem; }

        .spark { width: 7.5rem; height: 1.75rem; display: block; }
        .spark .line { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        .share { width: 100%; min-width: 4rem; max-width: 8rem; height: .4rem; display: block; border-radius: 99px;
          overflow: hidden; margin-top: .3rem; }
        .n .share { margin-left: auto; }
        .chart { margin: 0 0 .75rem; }
        .chart svg { width: 100%; height: auto; display: block; }
        .chart text { font-size: 11px; fill: var(--quiet); }
        .chart .rule { stroke: var(--line); } .chart .base { stroke: var(--strong); }
        rect.pass { fill: var(--pass); } rect.fail { fill: var(--fail); } rect.none { fill: var(--line); }
        figcaption { display: flex; gap: 1.25rem; font-size: .875rem; color: var(--quiet); margin-top: .25rem; }
        .key::before { content: ""; display: inline-block; width: .75rem; height: .75rem; border-radius: 3px;
          margin-right: .4rem; vertical-align: -1px; }
        .key.pass::before { background: var(--pass); } .key.fail::before { background: var(--fail); }

        input, select, button { font: inherit; color: inherit; }
        input, select { background: var(--panel); border: 1px solid var(--quiet); border-radius: 6px;
          padding: .4rem .6rem; max-width: 100%; }
        input::placeholder { color: var(--quiet); opacity: 1; }
        button { background: var(--accent); color: var(--panel); border: 1px solid var(--accent); border-radius: 6px;
          padding: .4rem 1rem; font-weight: 600; cursor: pointer; }
        button:hover { filter: brightness(1.08); }
        .quiet-button { background: transparent; color: var(--text); border-color: var(--strong); font-weight: 500; }
        .danger { background: transparent; color: var(--bad); border-color: var(--bad); }
        .field { margin: 0 0 1rem; }
        .field label { display: block; font-weight: 600; margin-bottom: .25rem; }
        .field input, .field select { width: 100%; max-width: 26rem; }
        .bar { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem 1rem; margin: 0 0 1rem; }
        .bar .field { margin: 0; }
        .bar .field input, .bar .field select { width: auto; min-width: 10rem; }
        .inline { display: inline; }
        .period { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem; margin: 0 0 1.25rem; }
        .period span { color: var(--quiet); margin-right: .25rem; }
        .period a { padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 99px; text-decoration: none;
          background: var(--panel); }
        .period a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--panel);
          font-weight: 600; }
        .secret { font-size: 1.05rem; padding: .75rem 1rem; border: 2px dashed var(--strong); border-radius: 8px;
          display: block; margin: 0 0 .75rem; user-select: all; }

        @media (max-width: 52rem) {
          body.framed { display: block; }
          .top { flex-wrap: wrap; padding: .6rem 1rem; gap: .6rem; }
          .brand { min-width: 0; }
          .search { order: 3; flex-basis: 100%; max-width: none; }
          .menu { padding: .4rem 1rem; border-right: 0; border-bottom: 1px solid var(--line); overflow-x: auto; }
          .menu, .tabs { background: linear-gradient(90deg, var(--edge) 1rem, transparent 3rem) local,
            linear-gradient(270deg, var(--edge) 1rem, transparent 3rem) 100% 0 local,
            radial-gradient(farthest-side at 0 50%, var(--shade), transparent) 0 0 / 1rem 100% no-repeat,
            radial-gradient(farthest-side at 100% 50%, var(--shade), transparent) 100% 0 / 1rem 100% no-repeat,
            var(--edge); }
          .menu { --edge: var(--panel); }
          .tabs { --edge: var(--ground); }
          .menu ul { display: flex; position: static; }
          .menu a { white-space: nowrap; padding: .35rem .65rem; }
          .card { padding: 1rem; }
          main { padding-top: 1.1rem; }
          .grid { grid-template-columns: minmax(0, 1fr); }
        }
        @media (max-width: 40rem) {
          .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          .stack, .stack tbody, .stack tr, .stack td, .stack tbody th { display: block; }
          .stack tr { padding: .6rem 0; border-bottom: 1px solid var(--line); display: flex; flex-direction: column; }
          .stack tr[hidden] { display: none; }
          .stack tr:last-child { border-bottom: 0; }
          .stack td, .stack tbody th { border: 0; padding: .15rem 0; display: grid;
            grid-template-columns: 7.5rem minmax(0, 1fr); gap: .75rem; text-align: left; white-space: normal; }
          .stack td::before { content: attr(data-label); color: var(--quiet); font-size: .85rem; }
          .stack tbody th { display: block; font-size: 1.02rem; order: -1; }
          .n .share { margin-left: 0; }
          .badge.short { white-space: normal; }
          .stack td > div, .stack tbody th > div { max-width: none; min-width: 0; margin: 0; overflow-wrap: anywhere; }
          dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
          dl.facts dd { margin-bottom: .5rem; }
          .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem; }
          .value { font-size: 1.25rem; }
          .chart text { font-size: 22px; }
        }
        @media (prefers-reduced-motion: no-preference) { .skip { transition: top .15s; } }
        @media print { .top, .menu, .skip, footer { display: none; } body.framed { display: block; } }
        """
}
