"""The pixel that a reader loads: counted, told apart, blocked, proxied, and on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import quote, urlsplit

import pytest

from pixelstudy.errors import UserError
from pixelstudy.reporting.compare import compare_text
from pixelstudy.reporting.explain import explain_frame
from pixelstudy.study.demo import Demo, Remote
from pixelstudy.study.loopback import PROXY_AGENT, Server, client_of

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.delenv("PIXELSTUDY_HEADLESS", raising=False)
    with Demo(["Jane", "Omar"]) as one:
        yield one


def get(address: str) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(address)
    connection = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"User-Agent": AGENT})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_a_request_is_a_line_of_the_log_with_who_when_how_often_and_on_what(demo: Demo) -> None:
    for name in ("Jane", "Omar", "Jane"):
        answer, body = get(demo.pixel(name))
        assert (answer.status, answer.headers["Content-Type"], body[:6]) == (200, "image/gif", b"GIF89a")
        assert answer.headers["Cache-Control"] == "no-store"
    log = demo.log(wait_s=0)
    assert log["recipient"].tolist() == ["Jane", "Omar", "Jane"]
    assert log["opening"].tolist() == [1, 1, 2]
    assert set(zip(log["program"], log["device"], log["address"], strict=True)) == {
        ("Firefox 140", "Windows", "127.0.0.1")
    }
    assert log["when"].is_monotonic_increasing


def test_the_salesmans_sentence_can_be_read_off_the_log(demo: Demo) -> None:
    assert demo.sentence("Jane") == "Jane, I don't know whether you opened my email."
    get(demo.pixel("Jane"))
    get(demo.pixel("Jane"))
    assert demo.sentence("Jane").startswith("Jane, I saw that you opened my email at ")
    assert "2 times so far" in demo.sentence("Jane")
    assert demo.sentence("Jane").endswith("with Firefox 140 on Windows, but you still haven't responded.")


def test_the_mails_of_two_recipients_differ_in_the_pixel_and_the_detector_finds_it(demo: Demo) -> None:
    (verdict,) = explain_frame(demo.mail("Jane"))["verdict"]
    assert verdict == "spy_pixel"
    assert demo.pixel("Jane") != demo.pixel("Omar")
    assert demo.pixel("Jane").encode() in demo.mail("Jane")
    assert "differ" in compare_text(demo.mail("Jane"), demo.mail("Omar"))


@pytest.mark.parametrize(
    ("remote", "sources"), [("loaded", "http://127.0.0.1:{port}"), ("blocked", "'none'"), ("proxied", "{proxy}")]
)
def test_the_page_may_load_images_from_the_one_place_that_fits(demo: Demo, remote: Remote, sources: str) -> None:
    answer, body = get(demo.page("Jane", remote))
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    proxy = f"http://127.0.0.1:{demo._proxy_port}"
    assert policy["img-src"] == sources.format(port=demo.port, proxy=proxy)
    assert "sandbox" in policy
    assert b"<script" not in body
    assert demo.requests == ()  # the page itself is no opening


def test_through_the_proxy_program_and_address_are_the_proxys(demo: Demo) -> None:
    address = f"http://127.0.0.1:{demo._proxy_port}/image?of={quote(demo.pixel('Omar'), safe='')}"
    assert address.encode() in get(demo.page("Omar", "proxied"))[1]
    assert get(address)[1][:6] == b"GIF89a"
    (request,) = demo.requests
    assert request.user_agent == PROXY_AGENT
    assert request.address.startswith("127.")
    assert demo.log(wait_s=0)["device"].tolist() == ["the proxy's"]
    assert "through an image proxy" in demo.sentence("Omar")


def test_a_proxy_may_ask_before_anybody_reads(demo: Demo) -> None:
    demo.prefetch("Jane")
    assert demo.log(wait_s=0)["program"].tolist() == ["an image proxy"]


@pytest.mark.parametrize(
    "target", ["http://198.51.100.7/x", "http://127.0.0.1:9/open.gif?r=1", "", "file:///etc/passwd", "http://[::1]/"]
)
def test_the_proxy_fetches_pixels_of_ours_alone(demo: Demo, target: str) -> None:
    answer, _ = get(f"http://127.0.0.1:{demo._proxy_port}/image?of={quote(target, safe='')}")
    assert answer.status == 404
    assert demo.requests == ()


def test_what_is_not_of_a_mail_is_not_found(demo: Demo) -> None:
    for path in (
        "/",
        "/open.gif",
        "/open.gif?r=unknown",
        "/../etc/passwd",
        f"/other?{urlsplit(demo.pixel('Jane')).query}",
    ):
        assert get(f"http://127.0.0.1:{demo.port}{path}" + ("" if "?" in path else "?"))[0].status == 404
    assert demo.requests == ()


def test_a_name_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    name = '<img src=x onerror="alert(1)">'
    with Demo([name], recorded=False) as demo:
        assert b"<img src=x" not in get(demo.page(name))[1]
        assert "<img" not in demo.show(name)._repr_html_().removeprefix("<iframe")


def test_the_frame_may_run_nothing_and_has_a_title(demo: Demo) -> None:
    shown = demo.show("Jane")._repr_html_()
    assert 'sandbox=""' in shown
    assert 'title="The mail to Jane, opened"' in shown
    assert shown != demo.show("Jane")._repr_html_()  # each opening is loaded anew


def test_a_frame_that_was_not_drawn_is_told(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    frame = demo.show("Jane")
    assert demo.log(wait_s=0.1).empty
    assert "has not been drawn" in capsys.readouterr().out
    get(frame.src)
    demo.log(wait_s=0.1)
    assert capsys.readouterr().out == ""


def test_the_server_listens_on_loopback_alone_and_ends(demo: Demo) -> None:
    assert [server.server_address[0] for server in demo._servers] == ["127.0.0.1", "127.0.0.1"]
    demo.close()
    demo.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", demo.port), timeout=2)


def test_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a name was looked up")

    for name in ("getfqdn", "gethostbyaddr", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    Server(lambda _: None).stop()


def test_without_a_browser_recorded_requests_stand_in_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIXELSTUDY_HEADLESS", "1")

    def run() -> str:
        with Demo(["Jane", "Omar"]) as demo:
            assert demo.recorded
            assert demo._servers == []
            assert demo.show("Jane") is None
            demo.show("Jane")
            demo.show("Omar", "blocked")
            demo.show("Omar", "proxied")
            demo.prefetch("Jane")
            log = demo.log()
            assert log["opening"].tolist() == [1, 2, 1, 3]
            assert log["program"].tolist()[2:] == ["an image proxy"] * 2
            return log.to_csv() + demo.sentence("Jane") + demo.pixel("Jane")

    assert run() == run()
    said = capsys.readouterr().out
    assert "recorded opening of Jane's message" in said
    assert "With remote content blocked" in said


def test_an_unknown_recipient_and_an_unknown_way_are_errors(demo: Demo) -> None:
    with pytest.raises(UserError, match="Jane, Omar"):
        demo.pixel("Nobody")
    with pytest.raises(UserError, match="loaded, blocked, proxied"):
        demo.show("Jane", "sometimes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", ("unknown", "Mac")),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", ("Edge 130", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0 Safari/537.36", ("Chrome 130", "Linux")),
        ("Mozilla/5.0 (iPhone; CPU) Version/18.5 Mobile/15E148 Safari/604.1", ("Safari 18", "iPhone")),
        ("", ("unknown", "unknown")),
    ],
)
def test_a_program_says_what_it_is(agent: str, client: tuple[str, str]) -> None:
    assert client_of(agent) == client
