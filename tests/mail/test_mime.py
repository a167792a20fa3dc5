"""MIME: which HTML a client shows, out of its encodings and charsets; and hostile structure stays bounded."""

from __future__ import annotations

import base64
import quopri
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fast_mail_parser import ParseError
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.corpora.catalogue import locate
from pixelstudy.mail import mime
from pixelstudy.mail.boxes.mailbox import RawMessage, open_mailbox, read_part
from pixelstudy.mail.message import parse_message
from pixelstudy.mail.mime import UnreadableError, read_mime

PAGE = '<img src="https://t.example.com/open?u=1&v=2">'


def part(content: str | bytes, kind: str = "text/html", *headers: str) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    return "\n".join([f"Content-Type: {kind}", *headers, "", ""]).encode() + body + b"\n"


def multi(*parts: bytes, kind: str = "mixed", boundary: str = "=_b") -> bytes:
    lines = b"".join(b"--" + boundary.encode() + b"\n" + each for each in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + lines + f"--{boundary}--\n".encode()


def mail(body: bytes) -> bytes:
    return b"From: Shop <shop@example.com>\nMIME-Version: 1.0\n" + body


def shown(body: bytes) -> list[str]:
    _, html = read_mime(mail(body))
    assert [each.size_bytes for each in html] == [len(each.text.encode("utf-8", "surrogatepass")) for each in html]
    return [each.text.strip() for each in html]


@pytest.fixture
def standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the fast parser refuse everything."""

    def refuse(_data: bytes, *, mode: str) -> None:
        raise ParseError(mode)

    monkeypatch.setattr(mime, "parse_email_tree", refuse)


@pytest.fixture(params=["fast", "standard"])
def either(request: pytest.FixtureRequest) -> None:
    """Run the test with each parser."""
    if request.param == "standard":
        request.getfixturevalue("standard")


with_each_parser = pytest.mark.usefixtures("either")


@with_each_parser
class TestShown:
    def test_html_without_multipart(self) -> None:
        assert shown(part(PAGE)) == [PAGE]

    def test_every_html_part_in_order(self) -> None:
        assert shown(multi(part("<p>1"), part("text", "text/plain"), part("<p>2"))) == ["<p>1", "<p>2"]

    def test_html_of_an_alternative_in_a_related_in_a_mixed(self) -> None:
        inner = multi(part("text", "text/plain"), part(PAGE), kind="alternative", boundary="a")
        assert shown(multi(multi(inner, part(b"GIF89a", "image/gif"), kind="related", boundary="r"))) == [PAGE]

    def test_no_attachment(self) -> None:
        page = part(PAGE, "text/html; name=invoice.html", "Content-Disposition: attachment")
        assert shown(multi(part("<p>1"), page)) == ["<p>1"]

    def test_no_named_page_behind_the_text(self) -> None:
        page = part(PAGE, "text/html; name=invoice.html", "Content-Disposition: inline")
        assert shown(multi(part("see the page", "text/plain"), page)) == []

    def test_a_named_page_that_is_the_body(self) -> None:
        assert shown(part(PAGE, "text/html; name=body.html")) == [PAGE]
        page = part(PAGE, "text/html; name=body.html")
        assert shown(multi(part("text", "text/plain"), page, kind="alternative")) == [PAGE]

    def test_markup_that_is_called_plain_text_is_none(self) -> None:
        assert shown(part(PAGE, "text/plain")) == []

    def test_the_amp_alternative_is_told_apart(self) -> None:
        body = multi(
            part("text", "text/plain"), part("<html amp4email>", "text/x-amp-html"), part(PAGE), kind="alternative"
        )
        assert [each.is_amp for each in read_mime(mail(body))[1]] == [True, False]

    def test_a_message_within_is_quoted(self) -> None:
        body = multi(part("<p>see below"), part(mail(part(PAGE)), "message/rfc822", "Content-Disposition: inline"))
        assert [(each.text.strip(), each.is_quoted) for each in read_mime(mail(body))[1]] == [
            ("<p>see below", False),
            (PAGE, True),
        ]

    def test_an_attached_message_is_not_shown(self) -> None:
        body = multi(part("<p>see it"), part(mail(part(PAGE)), "message/rfc822", "Content-Disposition: attachment"))
        assert shown(body) == ["<p>see it"]

    @pytest.mark.parametrize(
        "kind", ["application/pkcs7-mime; name=smime.p7m", "multipart/encrypted", "application/ms-tnef"]
    )
    def test_what_is_sealed_shows_nothing(self, kind: str) -> None:
        assert shown(part(PAGE, kind)) == []


@with_each_parser
class TestEncodings:
    def test_quoted_printable_with_soft_breaks_within_an_address(self) -> None:
        body = PAGE.replace("=", "=3D").replace("open", "op=\nen")
        assert shown(part(body, "text/html", "Content-Transfer-Encoding: quoted-printable")) == [PAGE]

    def test_quoted_printable_with_crlf(self) -> None:
        body = PAGE.replace("=", "=3D").replace("open", "op=\r\nen").encode()
        data = (
            mail(part(b"", "text/html", "Content-Transfer-Encoding: quoted-printable")).replace(b"\n", b"\r\n") + body
        )
        assert read_mime(data)[1][0].text.strip() == PAGE

    def test_quoted_printable_that_is_broken_costs_nothing_else(self) -> None:
        assert shown(
            part('<p class=X>=ZZ<img src=3D"x">', "text/html", "Content-Transfer-Encoding: Quoted-Printable")
        ) == ['<p class=X>=ZZ<img src="x">']

    def test_base64(self) -> None:
        assert shown(part(base64.encodebytes(PAGE.encode()), "text/html", "Content-Transfer-Encoding: base64")) == [
            PAGE
        ]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: text.rstrip(b"=\n"),
            lambda text: text[:20] + b"!" + text[20:],
            lambda text: text + b"\n--\nYou get this from a list.\nhttps://lists.example.org/\n",
            lambda text: text + b"\n-------------------------\nfoot\n",
        ],
        ids=["no padding", "a stray character", "the footer of a list", "a ruled footer"],
    )
    def test_base64_that_clients_put_up_with(self, damage: object) -> None:
        text = base64.encodebytes(PAGE.encode()).strip()
        body = part(damage(text), "text/html", "Content-Transfer-Encoding: base64")
        assert shown(body) == [PAGE]

    def test_base64_of_nothing(self) -> None:
        assert shown(part(b"!", "text/html", "Content-Transfer-Encoding: base64")) == []

    def test_an_unknown_encoding_is_none(self) -> None:
        assert shown(part(PAGE, "text/html", "Content-Transfer-Encoding: 8bits")) == [PAGE]


@with_each_parser
class TestCharsets:
    @pytest.mark.parametrize(
        ("declared", "codec", "text"),
        [
            ("utf-8", "utf-8", "Grüße"),
            ("utf-8", "utf-8-sig", "Grüße"),
            ("iso-8859-1", "latin-1", "Grüße"),
            ("us-ascii", "cp1252", "“Grüße” – 5 €"),
            ("iso-8859-1", "cp1252", "“Grüße” – 5 €"),
            ("us-ascii", "utf-8", "Grüße"),
            ("", "utf-8", "Grüße"),
            ("", "cp1252", "“Grüße”"),
            ("x-unheard-of", "cp1252", "Grüße"),
            ("hex", "utf-8", "Grüße"),
            ("idna", "utf-8", "Grüße"),
            ("unicode_escape", "utf-8", "Grüße"),
            ("undefined", "utf-8", "Grüße"),
            ("gb2312", "gbk", "中国裡"),
            ("ks_c_5601-1987", "cp949", "한글똠"),
            ("shift_jis", "cp932", "日本①"),
            ("big5", "big5", "中文"),
            ("koi8-r", "koi8-r", "почта"),
            ("utf-16", "utf-8", "Grüße"),
            ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ],
    )
    def test_text_is_read_as_browsers_do(self, declared: str, codec: str, text: str) -> None:
        kind = f'text/html; charset="{declared}"' if declared else "text/html"
        assert shown(part(f"<p>{text}</p>".encode(codec), kind)) == [f"<p>{text}</p>"]

    def test_utf_16_in_base64(self) -> None:
        body = base64.encodebytes(PAGE.encode("utf-16"))
        assert shown(part(body, "text/html; charset=utf-16", "Content-Transfer-Encoding: base64")) == [PAGE]

    def test_broken_utf_8_loses_only_what_is_broken(self) -> None:
        assert shown(part(b"<p>Gr\xc3\xbc\xdfe</p>" + PAGE.encode(), "text/html; charset=utf-8")) == [
            "<p>Gr\xfc\ufffde</p>" + PAGE
        ]

    def test_a_meta_element_counts_where_the_header_is_silent(self) -> None:
        page = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>почта'
        assert shown(part(page.encode("koi8-r"))) == [page]

    def test_a_charset_in_quoted_printable(self) -> None:
        body = quopri.encodestring("<p>Grüße".encode("latin-1"))
        kind = "text/html; charset=ISO-8859-1"
        assert shown(part(body, kind, "Content-Transfer-Encoding: quoted-printable")) == ["<p>Grüße"]


@with_each_parser
class TestHeaders:
    def test_names_are_lower_case_and_values_unfolded_and_decoded(self) -> None:
        headers, _ = read_mime(b"SUBJECT: =?utf-8?q?Gr=C3=BC?=\n =?utf-8?q?=C3=9Fe?=\nX-A: 1\n 2\nx-a: 3\n\n")
        assert headers["subject"] == ["Grüße"]
        assert [" ".join(value.split()) for value in headers["x-a"]] == ["1 2", "3"]

    @pytest.mark.parametrize("raw", ["Jörg".encode(), "Jörg".encode("cp1252")], ids=["utf-8", "windows-1252"])
    def test_bytes_that_should_not_be_there_are_read_all_the_same(self, raw: bytes) -> None:
        assert read_mime(b"From: " + raw + b" <j@example.org>\n\n")[0]["from"] == ["Jörg <j@example.org>"]


@with_each_parser
class TestHostile:
    """Each of these took minutes or gigabytes in one parser or the other."""

    @pytest.fixture(autouse=True)
    def in_time(self) -> Iterator[None]:
        start = time.process_time()
        yield
        assert time.process_time() - start < 10

    @pytest.mark.parametrize("depth", [100, 1000, 5000])
    def test_deep_nesting_is_a_message_or_one_that_cannot_be_read(self, depth: int) -> None:
        head = b"".join(b"Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n" % (i, i) for i in range(depth))
        try:
            assert shown(head + part(PAGE)) == [PAGE]
        except UnreadableError as error:
            assert depth > 100
            assert "within one another" in str(error)

    def test_messages_within_messages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The fast parser copies the whole at each level, so it is not asked."""
        monkeypatch.setattr(mime, "parse_email_tree", None)
        body = b"Content-Type: message/rfc822\n\nFrom: b@example.org\n" * 150 + part("x\n" * 2_000_000, "text/plain")
        assert shown(body) == []

    def test_a_hundred_thousand_headers(self) -> None:
        headers, html = read_mime(b"".join(b"X-%d: v\n" % i for i in range(100_000)) + part(PAGE))
        assert len(headers) == 100_001
        assert len(html) == 1

    @pytest.mark.parametrize("run", [b"a", b"=?", b"=?a?q?", b"=?utf-8?q?a?= ", b"<a@", b'"\\', b"(", b";a="])
    def test_a_header_of_a_megabyte(self, run: bytes) -> None:
        line = run * (1_000_000 // len(run))
        for name in (b"From: ", b"Content-Type: text/html; x="):
            read_mime(name + line + b"\n" + part(PAGE))

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes(self, data: bytes) -> None:
        try:
            _, html = read_mime(b"Content-Type: multipart/mixed; boundary=b\n" + data)
        except UnreadableError:
            return
        assert all(each.text for each in html)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["markup", "unspy", "phishing_pot"])
def test_both_parsers_make_the_same_message_of_real_mail(
    name: str, corpora: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((_, path),) = locate(name, folders=[corpora])
    items = (item for piece in open_mailbox(path).parts() for item in read_part(piece))
    raws = [item for item in items if isinstance(item, RawMessage)][::9]
    fast = [_essence(raw) for raw in raws]
    request.getfixturevalue("standard")
    assert [_essence(raw) for raw in raws] == fast


def _essence(raw: RawMessage) -> tuple[object, ...]:
    m = parse_message(raw)
    html = [("".join(body.text.split()), body.is_amp, body.is_quoted) for body in m.html]
    return (
        m.key,
        m.population,
        m.kind,
        m.sent_at,
        m.clock,
        m.sender_address,
        m.recipients,
        m.list_id,
        m.platform,
        html,
    )


RTF = rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag84 <img src='https://t.example.com/o?u=%s'>}}"


def rtf(token: bytes, *headers: str, kind: str = "application/rtf") -> bytes:
    """A part as readpst writes it."""
    headers = headers or ("Content-Disposition: attachment; \n        filename*=utf-8''rtf-body.rtf;\n"
                          '        filename="rtf-body.rtf"',)  # fmt: skip
    return part(base64.encodebytes(RTF % token), kind, "Content-Transfer-Encoding: base64", *headers)


@pytest.mark.usefixtures("either")
class TestRtf:
    """HTML that readpst leaves in rtf-body.rtf."""

    def test_it_is_unwrapped_where_a_message_has_no_other_html(self) -> None:
        image = "<img src='https://t.example.com/o?u=a'>"
        assert shown(multi(rtf(b"a"))) == [image]
        assert shown(multi(part("tea", "text/plain"), rtf(b"a"))) == [image]
        assert shown(multi(multi(part("tea", "text/plain"), rtf(b"a"), boundary="=_alt"))) == [image]
        assert shown(rtf(b"a")) == [image]
        assert shown(multi(rtf(b"a", 'Content-Disposition: attachment; filename="RTF-Body.rtf"'))) == [image]

    def test_it_is_left_where_there_is_html(self) -> None:
        assert shown(multi(part("<p>tea"), rtf(b"a"))) == ["<p>tea"]
        assert shown(multi(rtf(b"a"), part("<p>tea"))) == ["<p>tea"]

    def test_each_message_within_another_has_its_own(self) -> None:
        inner = part("Subject: old\n" + multi(rtf(b"b"), boundary="=_in").decode(), "message/rfc822")
        assert shown(multi(part("<p>tea"), inner)) == ["<p>tea", "<img src='https://t.example.com/o?u=b'>"]
        _, html = read_mime(mail(multi(part("<p>tea"), inner)))
        assert [each.is_quoted for each in html] == [False, True]

    @pytest.mark.parametrize(
        "other",
        [
            rtf(b"a", 'Content-Disposition: attachment; filename="letter.rtf"'),
            rtf(b"a", kind="application/msword"),
            part("{\\rtf1 tea}", "application/rtf", 'Content-Disposition: attachment; filename="rtf-body.rtf"'),
            part("tea", "application/rtf", 'Content-Disposition: attachment; filename="rtf-body.rtf"'),
            part("", "application/rtf", 'Content-Disposition: attachment; filename="rtf-body.rtf"'),
        ],
    )
    def test_any_other_file_is_an_attachment(self, other: bytes) -> None:
        assert shown(multi(part("tea", "text/plain"), other)) == []


@pytest.mark.usefixtures("either")
class TestSecondType:
    """A second Content-Type in one header."""

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    @pytest.mark.parametrize(
        "other",
        [
            b"Content-Type: text/plain",
            b"content-type: text/html; charset=utf-8",
            b'Content-Type: multipart/mixed;\n\tboundary="another"',
            b"Content-Type: application/octet-stream;\n name=x",
            b"Content-Type:",
        ],
    )
    def test_the_multipart_whose_boundary_is_in_the_body_counts(self, other: bytes, end: bytes) -> None:
        body = multi(part("tea", "text/plain"), part(PAGE), kind="alternative")
        head, _, rest = body.partition(b"\n")
        first, last = other + b"\n" + body, head + b"\n" + other + b"\n" + rest
        assert shown(first.replace(b"\n", end)) == shown(last.replace(b"\n", end)) == [PAGE]

    def test_else_html_counts_and_else_the_first(self) -> None:
        assert shown(b"Content-Type: text/plain\n" + part(PAGE)) == [PAGE]
        assert shown(b"Content-Type: text/html\n" + part(PAGE, "text/plain")) == [PAGE]
        assert shown(b"Content-Type: text/plain\n" + part(PAGE, "application/pdf")) == []
