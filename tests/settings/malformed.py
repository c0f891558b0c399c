"""Settings files as they must not be, and what must be said of each."""

from __future__ import annotations

from typing import NamedTuple

from tests.settings.folders import FIXED

LIVE = (FIXED / "live.yaml").read_text(encoding="utf-8")


class Bad(NamedTuple):
    """What stands in a file, and what the message must say; a line of 0 stands for the first of the changed text."""

    content: bytes | str
    line: int
    key: str
    given: str
    allowed: str
    nearest: str | None = None
    file: str = "live"


def line_of(text: str, content: str = LIVE) -> int:
    """Return the number of the first line of `content` that holds `text`."""
    return next(number for number, line in enumerate(content.splitlines(), 1) if text in line)


def live(old: str, new: str, key: str, given: str, allowed: str, nearest: str | None = None, below: int = 0) -> Bad:
    """Return live.yaml with one text replaced; the message points `below` lines under it."""
    assert LIVE.count(old) >= 1, old
    return Bad(LIVE.replace(old, new, 1), line_of(old.splitlines()[0]) + below, key, given, allowed, nearest)


def shared(file: str, old: str, new: str, key: str, given: str, allowed: str, nearest: str | None = None) -> Bad:
    """Return another file with one text replaced."""
    content = (FIXED / f"{file}.yaml").read_text(encoding="utf-8")
    assert old in content, old
    changed = content.replace(old, new, 1)
    return Bad(changed, line_of(old.splitlines()[0], content), key, given, allowed, nearest, file)


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
WHOLE = "(the whole file)"
SIZE = "size: {desired: 54, minimum: 1, maximum: 60}"
KUBERNETES_SECRET = "kubernetes_client_secret:\n  parameter: /cloud-platform/live/auth0/kubernetes-client-secret"

MALFORMED: dict[str, Bad] = {
    # the file itself
    "empty file": Bad("", 1, WHOLE, "an empty file", "a mapping of settings"),
    "blank lines alone": Bad("\n\n\n", 1, WHOLE, "an empty file", "a mapping"),
    "comment alone": Bad("# nothing\n", 1, WHOLE, "an empty file", "a mapping"),
    "document start alone": Bad("---\n", 1, WHOLE, "nothing", "a mapping"),
    "byte order mark": Bad("\ufeff" + LIVE, 1, WHOLE, "a byte order mark", "UTF-8 without byte order mark"),
    "UTF-16": Bad(LIVE.encode("utf-16"), 1, WHOLE, "a byte order mark", "UTF-8"),
    "UTF-16 without mark": Bad(LIVE.encode("utf-16-le"), 1, WHOLE, "invisible character U+0000", "printable"),
    "Latin-1": Bad(LIVE.replace("HMPPS", "HMPPS \u00e9", 1).encode("latin-1"), line_of("HMPPS"), WHOLE, "0xe9", "UTF-8"),
    "random bytes": Bad(bytes(range(128, 256)), 1, WHOLE, "the byte 0x80", "UTF-8 text"),
    "too large": Bad("# x\n" * (1024 * 1024 + 1), 1, WHOLE, "more than 4,194,304 bytes", "at most 4,194,304 bytes"),
    "tab as indentation": live("  vpc: live-1", "\tvpc: live-1", WHOLE, "a tab", "spaces"),
    "reference of CDKTF": live(
        "vpc: live-1", 'vpc: "${TfToken[TOKEN.5]}"', "network.vpc", "TfToken", "reads as a reference"
    ),
    "list of CDKTF": live("vpc: live-1", 'vpc: "#{Token[TOKEN.5]}"', "network.vpc", "#{Token", "reads as a reference"),
    "tab in a value": live("vpc: live-1", "vpc: live\t1", WHOLE, "a tab", "printable"),
    "NUL": live("vpc: live-1", "vpc: live\x001", WHOLE, "U+0000", "printable"),
    "escape character": live("vpc: live-1", "vpc: live\x1b[31m", WHOLE, "U+001B", "printable"),
    "text that runs backwards": live("vpc: live-1", "vpc: live\u202e1", WHOLE, "U+202E", "printable"),
    "zero-width space": live("vpc: live-1", "vpc: live\u200b1", WHOLE, "U+200B", "printable"),
    "carriage return": live("vpc: live-1", "vpc: live-1\rx", WHOLE, "U+000D", "printable"),
    # YAML
    "unclosed list": Bad("name: live\nmain: [a, b\n", 3, WHOLE, "did not find expected", "YAML"),
    "unclosed mapping": Bad("name: live\nmain: {a: b\n", 3, WHOLE, "did not find expected", "YAML"),
    "unclosed quote": Bad('name: "live\n', 2, WHOLE, "unexpected end of stream", "YAML"),
    "wrong indentation": live("  vpc: live-1", "   vpc: live-1", WHOLE, "did not find expected key", "YAML", below=1),
    "no colon": live("name: live", "name live", WHOLE, "mapping values are not allowed", "YAML", below=1),
    "two colons": live("name: live", "name: live: x", WHOLE, "mapping values are not allowed", "YAML"),
    "unknown escape": live("name: live", 'name: "\\q"', WHOLE, "unknown escape", "YAML"),
    "a directive": Bad("%YAML 9.9\n---\nname: live\n", 1, WHOLE, "incompatible YAML document", "YAML"),
    "a line with a secret is not shown": Bad('client_secret: "hunter2\n', 2, WHOLE, "unexpected end of stream", "YAML"),
    "two documents": Bad("name: live\n---\nname: test\n", 2, WHOLE, "a second document", "one document"),
    "bomb of aliases": Bad(BOMB, 1, "a", "the anchor &a", "each value written out"),
    "anchor": live("vpc: live-1", "vpc: &vpc live-1", "network.vpc", "the anchor &vpc", "each value written out"),
    "alias": live("vpc: live-1", "vpc: *vpc", "network.vpc", "the alias *vpc", "each value written out"),
    "merge key": live("vpc: live-1", "<<: {vpc: live-1}", "network.<<", '"<<"', "text as key"),
    "tag of Python": live("vpc: live-1", "vpc: !!python/object/apply:os.getcwd []", "network.vpc", "the tag", "without tags"),
    "tag of text": live("vpc: live-1", "vpc: !!str live-1", "network.vpc", "the tag", "values without tags"),
    "own tag": live("vpc: live-1", "vpc: !secret live-1", "network.vpc", "the tag !secret", "values without tags"),
    "deep lists": Bad("[" * 100_000, 1, "[0]" * 16, "more than 16 levels", "at most 16 levels"),
    "deep mappings": Bad("{a: " * 50_000, 1, ".".join("a" * 16), "more than 16 levels", "at most 16 levels"),
    "deep items": Bad("- " * 50_000, 1, "[0]" * 16, "more than 16 levels", "at most 16 levels"),
    "a list": Bad("- name: live\n", 1, WHOLE, "a list of 1", "a mapping with the keys"),
    "a word": Bad("live\n", 1, WHOLE, '"live"', "a mapping with the keys"),
    "a number": Bad("5\n", 1, WHOLE, "5", "a mapping with the keys"),
    # keys
    "duplicate key": live("protect: true", "protect: true\nprotect: false", "protect", '"protect"', "line 4", None, 1),
    "duplicate key below": live("vpc: live-1", "vpc: live-1\n  vpc: x", "network.vpc", '"vpc"', "each key once", None, 1),
    "duplicate zone": live(
        "eu-west-2b: 172", "eu-west-2a: 172", "network.node_subnets.cidrs.eu-west-2a", '"eu-west-2a"', "each key once"
    ),
    "unknown key": live("protect: true", "protekt: true", "protekt", '"protekt"', "the keys addons", "protect"),
    "unknown key below": live(SIZE, "size: {desird: 54}", "main.size.desird", '"desird"', "desired, max", "desired"),
    "unknown key far from all": live("protect: true", "zzz: true", "zzz", '"zzz"', "the keys addons"),
    "number as key": live("protect: true", "1: true", "1", '"1"', "text as key"),
    "truth as key": live("protect: true", "yes: true", "yes", '"yes"', "text as key"),
    "nothing as key": live("protect: true", "? \n: true", '""', '""', "text as key"),
    "list as key": live("protect: true", "? [a, b]\n: true", WHOLE, "a mapping or list as key", "text as key"),
    "mapping as key": live("protect: true", "{a: b}: true", WHOLE, "a mapping or list as key", "text as key"),
    "long key": live("protect: true", f"{'x' * 300}: true", "x" * 60, "(300 characters)", "at most 256 characters"),
    "zone that is none": live(
        "eu-west-2a: 172", "eu-west-2: 172", "network.node_subnets.cidrs.eu-west-2", '"eu-west-2"', "zone"
    ),
    "missing key": live("    value: Private\n", "", "network.node_subnets.value", "nothing", "required", None, -2),
    "missing name": live("name: live\n", "", "name", "nothing", "at most 12 lower-case letters"),
    # values
    "name of 1 MB": live("name: live", f"name: {'x' * 1024**2}", "name", "(1,048,576 characters)", "at most 2,048"),
    "name of 13 characters": live("name: live", "name: live-and-more", "name", '"live-and-more"', "at most 12"),
    "name with capitals": live("name: live", "name: Live", "name", '"Live"', "lower-case letters"),
    "name of another file": live("name: live", "name: life", "name", '"life"', '"live", the name of its file'),
    "name in Cyrillic": live("name: live", "name: l\u0456ve", "name", '"l\u0456ve"', "lower-case letters"),
    "name with template": live("name: live", 'name: "${live}"', "name", '"${live}"', "lower-case letters"),
    "empty value": live("protect: true", "protect:", "protect", "nothing", "a value; leave the key out"),
    "null": live("protect: true", "protect: null", "protect", '"null"', "true or false, or text in quotes"),
    "tilde": live("protect: true", "protect: ~", "protect", '"~"', "true or false, or text in quotes"),
    "yes": live("protect: true", "protect: yes", "protect", '"yes"', "true or false"),
    "Norway": live("team: prison-visits-booking", "team: no", "namespaces[0].team", '"no"', "text in quotes"),
    "truth in quotes": live("protect: true", 'protect: "true"', "protect", '"true"', "true or false"),
    "one for true": live("protect: true", "protect: 1", "protect", "1", "true or false"),
    "version as number": live('"1.35"', "1.35", "kubernetes_version", "1.35", "text in quotes: one of"),
    "version unknown": live('"1.35"', '"1.53"', "kubernetes_version", '"1.53"', "one of"),
    "version with patch": live('"1.35"', '"1.35.1"', "kubernetes_version", '"1.35.1"', "one of"),
    "number in quotes": live("desired: 54", 'desired: "54"', "main.size.desired", '"54"', "a whole number from 1 to 450"),
    "number in words": live("desired: 54", "desired: many", "main.size.desired", '"many"', "whole number"),
    "octal number": live("desired: 54", "desired: 054", "main.size.desired", '"054"', "a plain number"),
    "hexadecimal number": live("desired: 54", "desired: 0x36", "main.size.desired", '"0x36"', "a plain number"),
    "number with underscore": live("desired: 54", "desired: 5_4", "main.size.desired", '"5_4"', "a plain number"),
    "number to the base of sixty": live("desired: 54", "desired: 1:30", "main.size.desired", '"1:30"', "a plain number"),
    "no number": live("desired: 54", "desired: .nan", "main.size.desired", '".nan"', "a plain number"),
    "infinite number": live("desired: 54", "desired: .inf", "main.size.desired", '".inf"', "a plain number"),
    "number with exponent": live("desired: 54", "desired: 5e1", "main.size.desired", '"5e1"', "a plain number"),
    "fraction": live("desired: 54", "desired: 54.5", "main.size.desired", "54.5", "a whole number"),
    "negative number": live("desired: 54", "desired: -1", "main.size.desired", "-1", "from 1 to 450 nodes"),
    "huge number": live("desired: 54", f"desired: {'9' * 40}", "main.size.desired", "9" * 40, "a plain number"),
    "number above the most": live("desired: 54", "desired: 451", "main.size.desired", "451", "from 1 to 450 nodes"),
    "date": live("vpc: live-1", "vpc: 2021-01-01", "network.vpc", '"2021-01-01"', "text in quotes"),
    "empty text": live("vpc: live-1", 'vpc: ""', "network.vpc", '""', "1 to 256 characters"),
    "line break in text": live("vpc: live-1", 'vpc: "live\\n1"', "network.vpc", "\\u000a", "one line of printable text"),
    "NUL in text": live("vpc: live-1", 'vpc: "live\\01"', "network.vpc", "\\u0000", "one line of printable text"),
    "text for a mapping": live("  vpc: live-1\n", "", "network.vpc", "nothing", "required", None, -1),
    "list for a mapping": live(SIZE, "size: [54, 1, 60]", "main.size", "a list of 3", "a mapping with the keys desired"),
    "mapping for a list": live("[r5.xlarge, r5.2xlarge, r5a.xlarge]", "{a: b}", "main.instance_types", "a mapping", "list"),
    "text for a list": live("[r5.xlarge, r5.2xlarge, r5a.xlarge]", "r5.xlarge", "main.instance_types", '"r5.xl', "a list"),
    "empty list": live("[r5.xlarge, r5.2xlarge, r5a.xlarge]", "[]", "main.instance_types", "a list of 0", "1 to 20 items"),
    "number in a list": live("[r5.xlarge,", "[5,", "main.instance_types[0]", "5", "text in quotes"),
    "list in a list": live("[r5.xlarge,", "[[r5.xlarge],", "main.instance_types[0]", "a list of 1", "text"),
    "secret written out": live(
        KUBERNETES_SECRET, "kubernetes_client_secret: hunter2hunter2", "kubernetes_client_secret",
        "text of 14 characters, not shown", "a mapping with the keys parameter, revision",
    ),
    "host bits": live("172.20.64.0/19", "172.20.65.0/19", "network.node_subnets.cidrs.eu-west-2b", "65.0/19", "without host"),
    "address for a network": live("[203.0.113.0/24]", "[203.0.113.0]", "public_access_cidrs[0]", '"203.0.113.0"', "network"),
    "network of IPv6": live("[203.0.113.0/24]", '["2001:db8::/32"]', "public_access_cidrs[0]", "2001:db8", "IPv4 network"),
    "mask in words": live("[203.0.113.0/24]", "[203.0.113.0/255.255.255.0]", "public_access_cidrs[0]", "255", "IPv4 network"),
    "octet above 255": live("[203.0.113.0/24]", "[203.0.256.0/24]", "public_access_cidrs[0]", "256", "IPv4 network"),
    "foreign digits": shared("account", '"111122223333"', '"\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663"', "id", "\u0661", "twelve digits"),
    "account id as number": shared("account", '"111122223333"', "111122223333", "id", "111122223333", "text in quotes"),
    "trailing dot": live("host: login.live.cloud-platform.service.justice.gov.uk", "host: login.live.", "credential_issuer.host", '"login.live."', "without trailing dot"),
    "misspelt choice": live("kind: slack", "kind: slak", "monitoring.receiver.kind", '"slak"', "one of", "slack"),
    "claim without TLS": shared("tenant", "https://k8s", "http://k8s", "groups_claim", '"http://k8s', "an https URL"),
    "retention that CloudWatch lacks": live("protect: true", "log_retention: 366", "log_retention", "366", "one of 365, 400"),
    "unknown pod security level": shared("organisation", "level: privileged", "level: priviledged", "platform_namespaces[0].level", '"priviledged"', "one of", "privileged"),
    "every capability": shared("organisation", "[NET_ADMIN, NET_RAW]", "[ALL]", "platform_namespaces[0].privileged_service_accounts[0].capabilities[0]", '"ALL"', "not ALL"),
    "path that climbs": shared("organisation", "[/opt/cni/bin,", "[/opt/../etc,", "platform_namespaces[0].privileged_service_accounts[0].host_paths[0]", '"/opt/../etc"', "without . or .."),
}  # fmt: skip
