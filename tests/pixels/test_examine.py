"""From a message to its resources: order of parts, repeats, parties."""

from __future__ import annotations

import pytest

from pixelstudy.errors import UserError
from pixelstudy.pixels.examine import Resource, examine
from pixelstudy.pixels.resources import HtmlPart

T = "https://t.example.net/h?u=7c1e5b9a2f4d8063ab"
S = "https://img.example.net/i/w.gif"


def _dot(url: str) -> str:
    return f'<img src="{url}" width=1 height=1>'


def test_positions_continue_from_part_to_part() -> None:
    found = examine([HtmlPart(_dot(T)), HtmlPart("<p>" + "x" * 200 + _dot(S), is_quoted=True)])
    assert [(r.position, r.url, r.is_quoted) for r in found] == [(0, T, False), (1, S, True)]
    assert found[0].depth_share == 0.0
    assert 0.7 < found[1].depth_share < 1.0


def test_a_message_without_html_has_no_resources() -> None:
    assert examine([]) == []
    assert examine([HtmlPart("")]) == []


def test_repeats_are_counted_over_the_whole_message() -> None:
    found = examine([HtmlPart(_dot(S) * 2), HtmlPart(_dot(S))])
    assert [(r.n_repeats, r.verdict) for r in found] == [(3, "spacer")] * 3


def test_one_address_in_several_kinds_of_markup_is_not_a_spacer() -> None:
    path = "https://t.example.net/vw/2e11/CoQv-kntD70/x"
    html = f"{_dot(path)}<bgsound src={path}><p style='width:1px;height:1px;background:url({path})'>"
    found = examine([HtmlPart(html)])
    assert [(r.n_repeats, r.verdict) for r in found] == [(3, "spy_pixel")] * 3


def test_party_is_relative_to_the_sender() -> None:
    html = "".join(map(_dot, ("https://a.shop.example.com/1", "https://192.0.2.7/1")))
    assert [r.party for r in examine([HtmlPart(html)], sender_site="example.com")] == ["first", "third"]
    assert [r.party for r in examine([HtmlPart(html)])] == [None, None]


def test_a_row_has_everything_that_the_verdict_relied_on() -> None:
    html = f'<div style="opacity:0"><img src="{T}" width="1px" height=2></div>'
    (row,) = examine([HtmlPart(html)], recipients=["kim@example.org"])
    assert isinstance(row, Resource)
    assert (row.carrier, row.host, row.site, row.path_shape) == ("img src", "t.example.net", "example.net", "/w?u=h")
    assert (row.width_px, row.height_px, row.size_from, row.declared_width) == (1, 2, "attribute", "1px")
    assert (row.hidden_by, row.token, row.token_bits) == ("opacity:0 on div", "7c1e5b9a2f4d8063ab", 72.0)
    assert (row.url_bytes, row.identity, row.vendor, row.wrapper) == (len(T), None, None, None)


def test_a_dns_lookup_reveals_only_the_host() -> None:
    link = "<link rel=dns-prefetch href='https://cdn.example.net/o?e=kim@example.org'>"
    (row,) = examine([HtmlPart(link)], recipients=["kim@example.org"])
    assert (row.token, row.identity, row.verdict) == (None, None, "content")


def test_a_vendor_found_by_path_shape_is_named_with_low_confidence() -> None:
    (row,) = examine([HtmlPart("<img src='https://news.example.net/wf/open?upn=u001.7c1e5b9a2f4d8063ab'>")])
    assert (row.vendor, row.vendor_confidence, row.verdict) == ("SendGrid", "shape", "spy_pixel")


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/a/hA84nVcAEIqG3AJMQ7eAHmwOoQc/spacer.gif", "spy_pixel"),
        ("/a/hA84nVcAEIqG3AJMQ7eAHmwOoQc/spacer.jpg", "content"),  # could be a picture
        ("/images/spacer.gif", "content"),
        ("/images/2019/10/campaign-spring/spacer.gif", "content"),
    ],
)
def test_a_clear_image_of_unknown_size_is_a_spy_pixel_if_its_path_identifies_the_recipient(
    path: str, verdict: str
) -> None:
    (found,) = examine([HtmlPart(f"<p>Hello</p><img src='https://e.example.com{path}'>")])
    assert found.verdict == verdict
    assert verdict != "spy_pixel" or "by its name it is a clear image" in found.reason


def test_a_message_over_the_limits_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match="over 16 MB of HTML, more than is measured"):
        examine([HtmlPart("x" * (9 << 20)), HtmlPart("x" * (9 << 20))])
    with pytest.raises(UserError, match="over 20,000 remote resources, more than is measured"):
        examine([HtmlPart(f"<img srcset='{','.join(f'{T}{n} {n}w' for n in range(20_001))}'>")])


def test_a_picture_with_an_image_map_is_content() -> None:
    image = "<p>Sale</p><center><img src='https://shop.example/kT7wQz81vRbYx63LmaN0/d4'%s></center>"
    plain, mapped = (examine([HtmlPart(image % attribute)])[0] for attribute in ("", " usemap='#m'"))
    assert (plain.verdict, mapped.verdict) == ("spy_pixel", "content")
