"""The daemons of the scenario: one for each configuration, behind a port of Postfix's own."""

#: What all have in common; `{…}` is filled in by `configuration`.
COMMON = """name: mx.example.org
internal-names: [internal.example.org]
milter:
  listen:
    - socket: {address}
{socket}
dns:
  servers: ["{resolver}"]
{dns}
incoming:
  trusted-sealers: [list.example]
  forwarders: [{forwarders}]
  exceptions:
    - networks: [198.51.100.80/32]
      authors: [excepted.example]
      action: accept
{incoming}
outgoing:
  networks: [127.0.0.0/8, "::1", 10.20.0.0/24, "fd20::/64"]
{outgoing}
log:
  level: debug
"""

SIGNING = """  signing:
    - domain: example.org
      keys:
        - selector: 2026b
          file: {keys}/2026b.example.org.pem
        - selector: 2026e
          file: {keys}/2026e.example.org.pem
    - domain: "*.example.org"
      sign-as: example.org
      keys:
        - selector: 2026b
          file: {keys}/2026b.example.org.pem
    - domain: third.example
      sign-as: example.org
      keys:
        - selector: 2026b
          file: {keys}/2026b.example.org.pem
    - domain: misfit.example
      keys:
        - selector: m1
          file: {keys}/m1.misfit.example.pem
    - domain: keyless.example
      keys:
        - selector: k1
          file: {keys}/k1.keyless.example.pem
    - domain: rotate.example
      keys:
        - selector: new
          file: {keys}/new.rotate.example.pem
        - selector: old
          file: {keys}/old.rotate.example.pem
  sealing:
    - recipients: [list@example.org, "@forward.example"]
      domain: example.org
      selector: arc
      file: {keys}/arc.example.org.pem
"""

#: A socket for Postfix's processes, which are not root.
SHARED = "      mode: \"0660\"\n      owner: root\n      group: postfix"
ANCHORED = "  trust-anchor: {anchor}"
DEAD_DNS = ANCHORED + "\n  timeout: 500ms\n  budget: 2s"


class Profile:
    """A port and the configuration behind it, as far as it is not the default."""

    def __init__(self, port, incoming="", outgoing="", dns=ANCHORED, resolver="", tcp="",
                 forwarders="forwarder.example, 198.51.100.31/32"):
        self.port, self.incoming, self.outgoing = port, incoming, outgoing
        self.dns, self.resolver, self.tcp, self.forwarders = dns, resolver, tcp, forwarders


PROFILES = {
    # Port 25, and the submission port besides.
    "standard": Profile(25, outgoing=SIGNING),
    "strict": Profile(2501, "  dmarc-reject: reject\n  spf-fail: reject\n  no-author: reject\n"
                            "  ambiguous-from: reject\n  received-spf: yes", tcp="127.0.0.1:8891"),
    "header": Profile(2502, "  quarantine: header\n  subject-prefix: \"[suspicious]\"\n  dmarc-none: tag\n"
                            "  several-from: tag\n  spf-fail: tag", tcp="[::1]:8892"),
    "dry": Profile(2503, "  dry-run: yes"),
    "lenient": Profile(2504, "  dmarc-reject: accept\n  dmarc-quarantine: tag\n  no-author: accept\n"
                             "  several-from: accept\n  ambiguous-from: accept\n  host-name: no", forwarders=""),
    "dead": Profile(2505, dns=DEAD_DNS, resolver="silent"),
    "dead-accept": Profile(2506, "  fail:\n    dns: accept", dns=DEAD_DNS, resolver="silent"),
    "dead-reject": Profile(2507, "  fail:\n    dns: reject", dns=DEAD_DNS, resolver="silent"),
    "slow": Profile(2508, dns=ANCHORED + "\n  timeout: 3s\n  budget: 4s", resolver="slow"),
    "keeping": Profile(2509, outgoing="  unsigned: tempfail\n" + SIGNING),
    # The one that is stopped, reloaded and broken.
    "victim": Profile(2510, "  subject-prefix: \"[one]\"\n  quarantine: header", outgoing=SIGNING),
}


def configuration(profile, address, names, keys):
    """The YAML text. `names`: the values of the DNS world, and the servers by the names that profiles use."""
    def filled(text):
        return text.replace("{keys}", keys)
    text = COMMON.format(
        address=address, socket=SHARED if address.startswith("unix:") else "", forwarders=profile.forwarders,
        dns=profile.dns.replace("{anchor}", names["anchor"]),
        resolver=names[profile.resolver or "resolver"], incoming=profile.incoming, outgoing=filled(profile.outgoing))
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"
