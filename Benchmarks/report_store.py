"""A year of reports: what `reports` and `dashboard` measure with."""

import os
import random
import sqlite3
import subprocess
import time

DAY = int(time.time()) // 86400 * 86400 - 86400
NOW = str(DAY + 86400 - 1)
POSTSEAL = os.environ.get("POSTSEAL", ".build/release/postseal")


def address(random, new):
    """Where messages come from: the domain's own servers and services, day after day; or, for a share of them, anywhere."""
    if random.random() >= new:
        server = min(int(random.expovariate(1 / 60)), 299)
        return f"198.51.{100 + server // 250}.{server % 250 + 1}"
    return f"{random.randint(1, 191)}.{random.randint(0, 20)}.2.{random.randint(1, 254)}"


def document(number, random, new=1 / 3):
    """A report as large reporters send them: most have a few records, some hundreds."""
    rows = []
    for _ in range(int(min(random.lognormvariate(1.6, 1.2), 400)) + 1):
        aligned = random.random() < 0.9
        result = "pass" if aligned else "fail"
        signer = random.choice(["example.com", "service.example"]) if aligned else f"s{random.randint(0, 40)}.example"
        rows.append(f"""  <record>
    <row>
      <source_ip>{address(random, new)}</source_ip>
      <count>{int(random.lognormvariate(1, 1.5)) + 1}</count>
      <policy_evaluated><disposition>none</disposition><dkim>{result}</dkim><spf>{result}</spf></policy_evaluated>
    </row>
    <identifiers><envelope_from>{signer}</envelope_from><header_from>example.com</header_from></identifiers>
    <auth_results>
      <dkim><domain>{signer}</domain><selector>s{random.randint(1, 3)}</selector><result>pass</result></dkim>
      <spf><domain>{signer}</domain><scope>mfrom</scope><result>pass</result></spf>
    </auth_results>
  </record>
""")
    begin = DAY - 86400 * (number % 365)
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <report_metadata>
    <org_name>reporter{number % 40}.example</org_name>
    <email>noreply-dmarc-support@reporter{number % 40}.example</email>
    <extra_contact_info>https://support.reporter{number % 40}.example/a/answer/2466580</extra_contact_info>
    <report_id>{number}{random.getrandbits(60)}</report_id>
    <date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>quarantine</p><sp>none</sp><pct>100</pct>
  </policy_published>
{"".join(rows)}</feedback>
""".encode()


def timed(arguments, statuses=(0,), **more):
    started = time.monotonic()
    done = subprocess.run([str(argument) for argument in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    took = time.monotonic() - started
    if done.returncode not in statuses:
        raise SystemExit(f"{arguments[:4]} ended with {done.returncode}: {done.stderr[-500:]}")
    return took


def fill(path, messages):
    """A year of 400 domains; half of the messages, and of the sums, are of the first."""
    numbers = random.Random(7)
    database = sqlite3.connect(path)
    write = database.executemany
    database.execute("DELETE FROM tallies")
    database.execute("DELETE FROM totals")
    domains = ["example.com"] + [f"d{number}.example" for number in range(399)]
    vias = [f"v{number}.example" for number in range(60)]
    write("INSERT OR IGNORE INTO names(name) VALUES(?)", [(name,) for name in domains + vias])
    ids = dict(database.execute("SELECT name, id FROM names"))
    write("INSERT OR IGNORE INTO sources(address) VALUES(?)",
          [(bytes([4, numbers.randrange(1, 223), numbers.randrange(256), numbers.randrange(256), numbers.randrange(256)]),)
           for _ in range(20000)])
    sources = [row[0] for row in database.execute("SELECT id FROM sources")]
    sums = 0
    for place, domain in enumerate(domains):
        a_day, of_it = (822, messages // 2) if place == 0 else (2, messages // 2 // 399)
        own = sources if place == 0 else numbers.sample(sources, 40)
        mean = of_it / (365 * a_day)
        rows = {}
        for day in range(365):
            start = DAY - day * 86400
            for _ in range(a_day):
                source = own[min(int(numbers.expovariate(1 / (len(own) / 8))), len(own) - 1)]
                via = ids[vias[source % 20 + place % 40]] if source % 3 else 0
                alignment = source % 4 if via else 0
                key = (ids[domain], 86400, start, source, via, alignment, numbers.choice([1, 1, 1, 3, 4]), source % 2, 0)
                rows[key] = rows.get(key, 0) + max(1, int(numbers.expovariate(1 / mean)))
        write("INSERT INTO tallies VALUES(?,?,?,?,?,?,?,?,?,?)", [(*key, count) for key, count in rows.items()])
        sums += len(rows)
    database.execute("""INSERT INTO totals SELECT domain, span, start, via, alignment, disposition, exception, is_subdomain,
        sum(messages) FROM tallies GROUP BY domain, span, start, via, alignment, disposition, exception, is_subdomain""")
    database.commit()
    counted = database.execute("SELECT sum(messages), (SELECT count(*) FROM totals) FROM tallies").fetchone()
    large = database.execute("SELECT count(*) FROM tallies WHERE domain = ?", (ids["example.com"],)).fetchone()[0]
    print(f"{counted[0]:,} messages, {sums:,} sums, {large:,} of example.com; {counted[1]:,} without sources")


def fill_reports(path, count):
    """Reports as they are listed: half about example.com; one in ten about TLS, one in fifty about a failure. Their
    files are those of the reports that the store has already."""
    numbers = random.Random(11)
    database = sqlite3.connect(path)
    write = database.executemany
    ids = dict(database.execute("SELECT name, id FROM names"))
    domains = ["example.com"] + [f"d{number}.example" for number in range(399)]
    sources = [row[0] for row in database.execute("SELECT id FROM sources")]
    kept = database.execute("SELECT original, content FROM reports WHERE original IS NOT NULL").fetchall()
    write("INSERT OR IGNORE INTO names(name) VALUES(?)",
          [(name,) for number in range(40) for name in (f"reporter{number}.example", f"mx{number}.example.com")])
    ids = dict(database.execute("SELECT name, id FROM names"))
    first = database.execute("SELECT max(id) FROM reports").fetchone()[0] + 1
    policy = '{"p":"quarantine","sp":"none","pct":100,"t":false}'
    reports, records, lists, failures, sessions = [], [], [], [], {}
    for number in range(first, first + count):
        domain = ids[domains[0] if numbers.random() < 0.5 else numbers.choice(domains[1:])]
        start = DAY - 86400 * numbers.randrange(365)
        reporter = min(int(numbers.expovariate(0.15)), 39)
        chance = numbers.random()
        kind = "tlsrpt" if chance < 0.1 else "dmarc-failure" if chance < 0.12 else "dmarc-aggregate"
        original, content = numbers.choice(kept)
        counted = 0 if kind == "dmarc-failure" or numbers.random() < 0.01 else 1
        reports.append((number, number.to_bytes(32, "big"), content, kind, f"reporter{reporter}.example",
                        f"{number}{numbers.getrandbits(60)}", domain, start, start + 86399, start, start + 90000,
                        int(numbers.lognormvariate(4, 2)) + 1, counted, policy if kind == "dmarc-aggregate" else None, "", original))
        if kind == "dmarc-failure":
            failures.append((domain, start, number, numbers.choice(sources), "auth-failure", "dmarc", "reject",
                             "bounce@service.example", "director@example.com"))
        elif kind == "tlsrpt":
            for outcome, result, mx in [(0, "", 0), (1, "", 0), (2, "certificate-expired", ids[f"mx{number % 7}.example.com"])]:
                key = (domain, start, ids[f"reporter{reporter}.example"], "sts", outcome, result, mx, 0)
                sessions[key] = sessions.get(key, 0) + 1 + int(numbers.expovariate(1 / (500 if outcome == 0 else 5)))
        else:
            mine = sorted({numbers.choice(sources) for _ in range(int(min(numbers.lognormvariate(1.6, 1.2), 400)) + 1)})
            records += [(source, number) for source in mine]
            lists.append((number, ",".join(map(str, mine))))
    write("""INSERT INTO reports(id, identity, content, kind, organization, report_id, domain, begin, "end", day, received, messages,
        is_counted, policy, quirks, original, finding, subjects, file_subjects)
        VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,'','')""", reports)
    write("INSERT INTO report_sources VALUES(?,?)", sorted(records))
    write("INSERT INTO source_lists VALUES(?,?)", lists)
    write("INSERT INTO failures VALUES(?,?,?,?,?,?,?,NULL,?,?)", failures)
    write("INSERT INTO tls_tallies VALUES(?,?,?,?,?,?,?,?,?)", [(*key, number) for key, number in sessions.items()])
    database.commit()
    counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("reports", "report_sources", "tls_tallies")]
    print("{:,} reports with {:,} sources, {:,} sums of TLS sessions".format(*counts))
