/// What pages need besides themselves: constants of the program, under names that change when they do.
struct Assets: Sendable {
    let name: String
    let type: String
    let octets: [UInt8]

    private init(_ name: String, _ type: String, _ text: String) {
        self.name = name
        self.type = type
        octets = Array(text.utf8)
    }

    /// A part of the hash, so that a browser can keep it for ever.
    private var version: String {
        String(Secret.urlText(Secret.hash(String(decoding: octets, as: UTF8.self))).prefix(12))
    }

    var link: Link { Link("/assets", [name], query: [("v", Self.versions[name])]) }

    static let style = Assets("postseal.css", "text/css; charset=utf-8", Stylesheet.text)
    static let script = Assets("postseal.js", "text/javascript; charset=utf-8", Script.text)
    static let icon = Assets("icon.svg", "image/svg+xml", Icon.text)
    static let all = [style, script, icon]
    private static let versions = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.version) })
}

/// The seal.
enum Icon {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
        <rect width="32" height="32" rx="7" fill="#1f5fbf"/>
        <path d="M6 10h20v13H6z" fill="none" stroke="#fff" stroke-width="2"/>
        <path d="m6 11 10 7 10-7" fill="none" stroke="#fff" stroke-width="2"/>
        </svg>
        """
}

/// What pages do where scripts are allowed: nothing that they can't be used without.
enum Script {
    static let text = #"""
        "use strict";
        (function () {
          // Lists that are live: the same page is fetched again, and its rows take the place of the old ones.
          function isSame(rows, others) {
            return rows.length === others.length
              && Array.from(rows).every(function (row, place) { return row.isEqualNode(others[place]); });
          }
          function refresh(body) {
            // Not under the keyboard: what has the focus would lose it with its row.
            function isBusy() {
              return document.hidden || body.dataset.paused === "yes" || body.contains(document.activeElement);
            }
            if (isBusy()) { return; }
            fetch(location.href, { credentials: "same-origin", headers: { "X-Refresh": "1" } }).then(function (answer) {
              if (answer.redirected) {
                var over = document.getElementById("live-note");
                if (over) { over.textContent = "The session has ended: load the page again to log in."; }
                return null;
              }
              if (!answer.ok) { return null; }
              return answer.text();
            }).then(function (text) {
              if (text === null) { return; }
              var page = new DOMParser().parseFromString(text, "text/html");
              var fresh = page.querySelector("tbody[data-live]");
              if (!fresh || isSame(fresh.children, body.children) || isBusy()) { return; }
              body.replaceChildren.apply(body, Array.from(fresh.children).map(function (row) {
                return document.importNode(row, true);
              }));
              filter();
            }).catch(function () {});
          }
          function filter() {
            var box = document.getElementById("filter");
            if (!box) { return; }
            var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
            var shown = 0;
            document.querySelectorAll("tbody[data-filter] tr").forEach(function (row) {
              var text = row.textContent.toLowerCase();
              row.hidden = !words.every(function (word) { return text.includes(word); });
              if (!row.hidden) { shown += 1; }
            });
            var note = document.getElementById("filter-note");
            if (note) { note.textContent = words.length ? shown + " shown" : ""; }
          }
          document.querySelectorAll("[data-script]").forEach(function (part) { part.hidden = false; });
          var box = document.getElementById("filter");
          if (box) { box.addEventListener("input", filter); }
          document.querySelectorAll("tbody[data-live]").forEach(function (body) {
            var button = document.getElementById("live");
            if (button) {
              button.addEventListener("click", function () {
                var paused = body.dataset.paused === "yes";
                body.dataset.paused = paused ? "no" : "yes";
                button.textContent = paused ? "Pause" : "Go on";
              });
            }
            setInterval(refresh, 5000, body);
          });
          document.querySelectorAll("form[data-ask]").forEach(function (form) {
            form.addEventListener("submit", function (event) {
              if (!window.confirm(form.dataset.ask)) { event.preventDefault(); }
            });
          });
        })();
        """#
}
