"""Addresses that lead where nobody is to be led, all refused before anything is sent."""

import pytest

from ingestion.fetch import BadAddress, Fetcher, FetchError, Limits, Network, PrivateAddress, Turns, Unreachable
from ingestion.fetch.addresses import parse
from tests.ingestion.fetch.hostile import Server, is_public_or_here

PUBLIC = "93.184.215.14"

# Names, and what a resolver that means harm says about them.
NAMES = {
    "loopback.example": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "mixed.example": [PUBLIC, "10.0.0.1"],
    "mixed6.example": [PUBLIC, "fd00::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "scoped.example": ["fe80::1%lo"],
    "many.example": [f"8.8.{high}.{low}" for high in range(2) for low in range(200)],
    "lòcalhost.example".encode("idna").decode(): ["127.0.0.1"],
    "nobody.example": [],
}

HOSTILE = [
    # this machine, in every spelling
    ("http://127.0.0.1/", PrivateAddress),
    ("http://127.255.255.254/", PrivateAddress),
    ("http://127.0.0.1./", PrivateAddress),
    ("http://2130706433/", BadAddress),
    ("http://017700000001/", BadAddress),
    ("http://0177.0.0.1/", BadAddress),
    ("http://0x7f000001/", BadAddress),
    ("http://0x7f.0.0.1/", BadAddress),
    ("http://0x7f.1/", BadAddress),
    ("http://127.1/", BadAddress),
    ("http://127.0.1/", BadAddress),
    ("http://127.0.0.0x1/", BadAddress),
    ("http://0/", BadAddress),
    ("http://0.0.0.0/", PrivateAddress),
    ("http://[::1]/", PrivateAddress),
    ("http://[::]/", PrivateAddress),
    ("http://[0:0:0:0:0:0:0:1]/", PrivateAddress),
    ("http://[::ffff:127.0.0.1]/", PrivateAddress),
    ("http://[::ffff:7f00:1]/", PrivateAddress),
    ("http://[::127.0.0.1]/", PrivateAddress),
    ("http://[2002:7f00:1::]/", PrivateAddress),
    ("http://[64:ff9b::127.0.0.1]/", PrivateAddress),
    ("http://[64:ff9b:1::7f00:1]/", PrivateAddress),
    ("http://[::1%25lo]/", BadAddress),
    ("http://localhost/", PrivateAddress),
    ("http://LOCALHOST./", PrivateAddress),
    ("http://memes.localhost/", PrivateAddress),
    ("http://localhost.localdomain/", PrivateAddress),
    # other machines of the network
    ("http://10.0.0.1/", PrivateAddress),
    ("http://172.16.0.1/", PrivateAddress),
    ("http://192.168.1.1/", PrivateAddress),
    ("http://100.64.0.1/", PrivateAddress),
    ("http://169.254.1.1/", PrivateAddress),
    ("http://192.0.2.1/", PrivateAddress),
    ("http://198.18.0.1/", PrivateAddress),
    ("http://224.0.0.1/", PrivateAddress),
    ("http://240.0.0.1/", PrivateAddress),
    ("http://255.255.255.255/", PrivateAddress),
    ("http://[fe80::1]/", PrivateAddress),
    ("http://[fec0::1]/", PrivateAddress),
    ("http://[fd12:3456::1]/", PrivateAddress),
    ("http://[ff02::1]/", PrivateAddress),
    ("http://[2001:db8::1]/", PrivateAddress),
    ("http://[2001:0:7f00:1::]/", PrivateAddress),
    ("http://[::ffff:10.0.0.1]/", PrivateAddress),
    ("http://[2002:c0a8:101::1]/", PrivateAddress),
    ("http://intranet/", PrivateAddress),
    ("http://printer.local/", PrivateAddress),
    ("http://nas.home.arpa/", PrivateAddress),
    ("http://db.internal/", PrivateAddress),
    # the secrets of clouds
    ("http://169.254.169.254/latest/meta-data/", PrivateAddress),
    ("http://[::ffff:169.254.169.254]/", PrivateAddress),
    ("http://[fd00:ec2::254]/", PrivateAddress),
    ("http://0xA9FEA9FE/", BadAddress),
    ("http://2852039166/", BadAddress),
    ("http://metadata.google.internal/computeMetadata/v1/", PrivateAddress),
    ("http://100.100.100.200/", PrivateAddress),
    # names that lead there
    ("http://loopback.example/", PrivateAddress),
    ("http://loopback.example./", PrivateAddress),
    ("http://loopback6.example/", PrivateAddress),
    ("http://mixed.example/", PrivateAddress),
    ("http://mixed6.example/", PrivateAddress),
    ("http://mapped.example/", PrivateAddress),
    ("http://nat64.example/", PrivateAddress),
    ("http://scoped.example/", PrivateAddress),
    ("http://many.example/", Unreachable),
    ("http://nobody.example/", Unreachable),
    ("http://unknown.example/", Unreachable),
    # letters that look like others
    ("http://１２７.０.０.１/", BadAddress),
    ("http://①②⑦.⓪.⓪.①/", BadAddress),
    ("http://127。0。0。1/", PrivateAddress),
    ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", BadAddress),
    ("http://ｌｏｃａｌｈｏｓｔ/", BadAddress),
    ("http://lòcalhost.example/", PrivateAddress),
    ("http://localhost\u200b/", BadAddress),
    ("http://127%2e0%2e0%2e1/", BadAddress),
    ("http://127.0.0.1%00.site.example/", BadAddress),
    # who is asked, and who seems to be
    ("http://site.example@127.0.0.1/", BadAddress),
    ("http://user:secret@site.example/", BadAddress),
    ("http://@site.example/", BadAddress),
    ("http://site.example\\@127.0.0.1/", BadAddress),
    ("http://127.0.0.1#@site.example/", PrivateAddress),
    ("http://127.0.0.1?@site.example/", PrivateAddress),
    ("http://127.0.0.1:80:80/", BadAddress),
    ("http://site.example:22/", BadAddress),
    ("http://site.example:6379/", BadAddress),
    ("http://site.example:0/", BadAddress),
    ("http://site.example:65536/", BadAddress),
    ("http://site..example/", BadAddress),
    ("http://site.example/a\r\nHost: 127.0.0.1", BadAddress),
    ("http://site.example/ HTTP/1.1", BadAddress),
    ("http://site.example/\ud800", BadAddress),
    ("http://127.0.0.1\t/", BadAddress),
    # other ways to get at things
    ("file:///etc/passwd", BadAddress),
    ("file://site.example/etc/passwd", BadAddress),
    ("ftp://site.example/a.png", BadAddress),
    ("gopher://127.0.0.1:6379/_FLUSHALL", BadAddress),
    ("dict://127.0.0.1:11211/stats", BadAddress),
    ("data:image/png;base64,AAAA", BadAddress),
    ("javascript:alert(1)", BadAddress),
    ("jar:http://127.0.0.1!/", BadAddress),
    ("unix:///run/redis.sock", BadAddress),
    ("http+unix://%2Frun%2Fredis.sock/", BadAddress),
    ("//127.0.0.1/", BadAddress),
    ("http:127.0.0.1", BadAddress),
    ("http:/127.0.0.1/", BadAddress),
    ("http:///127.0.0.1/", BadAddress),
    ("http://", BadAddress),
    ("http://[::1", BadAddress),
    ("http://[v1.fe80]/", BadAddress),
    ("", BadAddress),
    ("http://site.example/" + "a" * 3_000, BadAddress),
    ("http://" + "a" * 64 + ".example/", BadAddress),
]


def resolve(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise OSError(f"no such host: {host}")
    return NAMES[host]


def asked_without_leave(server: Server, address: str) -> FetchError:
    """What the public internet's rules say; the port of a server on this machine is not what protects it."""
    network = Network(resolve, ports=frozenset({80, 443, server.port}))
    fetcher = Fetcher("Test", network=network, limits=Limits(total_s=5), turns=Turns(0))
    with pytest.raises(FetchError) as refused:
        fetcher.get(address)
    return refused.value


@pytest.mark.parametrize(("address", "kind"), HOSTILE, ids=[ascii(address)[:60] for address, _ in HOSTILE])
def test_a_hostile_address_is_refused_and_nothing_is_sent(address: str, kind: type[FetchError], server: Server) -> None:
    error = asked_without_leave(server, address)
    assert type(error) is kind, error
    assert error.reason.endswith(".")
    with_port = address.replace("127.0.0.1/", f"127.0.0.1:{server.port}/").replace("[::1]/", f"[::1]:{server.port}/")
    asked_without_leave(server, with_port.replace(".example/", f".example:{server.port}/"))
    assert server.asked == []


def test_there_are_enough_of_them() -> None:
    assert len({address for address, _ in HOSTILE}) >= 100


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("HTTP://Site.Example/A", "http://site.example/A"),
        ("https://site.example./a?b=c#d", "https://site.example/a?b=c#d"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://93.184.215.14:8080/", "http://93.184.215.14:8080/"),
        ("https://[2606:2800::1]:8443/", "https://[2606:2800::1]:8443/"),
        ("https://site.example/user@home", "https://site.example/user@home"),
    ],
)
def test_honest_addresses_are_read(address: str, read: str) -> None:
    assert str(parse(address)) == read


def test_a_name_that_changes_its_mind_is_asked_once_and_connected_to_where_it_led(server: Server) -> None:
    """DNS rebinding: the first answer is allowed, all later ones lead elsewhere."""
    server.serve("/a.png", b"the right one")
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"]])
    network = Network(lambda host, port: next(answers), is_public_or_here, frozenset({server.port}))
    fetcher = Fetcher("Test", network=network, turns=Turns(0), obeys_robots=False)
    address = f"http://site.example:{server.port}/a.png"
    assert fetcher.get(address).data == b"the right one"
    with pytest.raises(PrivateAddress):
        fetcher.get(address)  # looked up anew, and checked anew
    assert len(server.asked) == 1


def test_an_unallowed_address_among_allowed_ones_is_never_tried(server: Server) -> None:
    network = server.network(site_example=["127.0.0.1", "127.0.0.2"])
    with pytest.raises(PrivateAddress):
        Fetcher("Test", network=network, turns=Turns(0)).get(f"http://site.example:{server.port}/")
    assert server.asked == []
