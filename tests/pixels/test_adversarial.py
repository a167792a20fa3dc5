"""Ways to plant a beacon, and harmless markup that looks like each; both engines must agree on every case."""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64encode, urlsafe_b64encode
from typing import get_args

import mmh3
import pytest

from pixelstudy.pixels.carriers import LoadsIn
from pixelstudy.pixels.examine import Resource, examine
from pixelstudy.pixels.html import Engine
from pixelstudy.pixels.resources import HtmlPart

ENGINES = get_args(Engine)

# An address that identifies the recipient, without a word about its purpose.
T = "https://img.example.net/h?u=7c1e5b9a2f4d8063ab"
# The same, with the token in the path.
P = "https://img.example.net/h/7c1e5b9a2f4d8063ab"
# An address with a published path shape, which is enough for a beacon of unknown size.
W = "https://news.example.org/wf/open?upn=u001.7c1e5b9a2f4d8063ab-2F19c4Xe7Qz"
LOGO = "https://img.example.net/brand/logo.png"
DOT = f'<img alt="A view" src="{T}" width="1" height="1">'

Case = tuple[str, str, str, str]
"""Name, markup, verdict (or ``none``: no resource at all), and a part of the reason."""

CARRIERS: list[Case] = [
    ("img src", DOT, "spy_pixel", "1 x 1 px"),
    ("img srcset", f'<img srcset="{T} 1x" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "img srcset, the last of three",
        f'<img srcset="{LOGO} 1x, {LOGO}?2 2x, {T} 3x" width=1 height=1>',
        "spy_pixel",
        "1 x 1",
    ),
    ("img srcset with commas", f'<img srcset="{T}&c=1,2,3 1x" width=1 height=1>', "spy_pixel", "token"),
    ("img lowsrc", f'<img lowsrc="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("img dynsrc", f'<img dynsrc="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "picture source",
        f'<picture><source srcset="{T}"><img src="{LOGO}" width=1 height=1></picture>',
        "spy_pixel",
        "1 x 1 px",
    ),
    ("image element", f'<image src="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("input type=image", f'<input type="image" src="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("svg image href", f'<svg><image href="{T}" width="1" height="1"/></svg>', "spy_pixel", "1 x 1 px"),
    ("svg image xlink:href", f'<svg><image xlink:href="{T}" width="1" height="1"/></svg>', "spy_pixel", "1 x 1 px"),
    (
        "svg of 1 px",
        f'<svg width=1 height=1><image href="{T}" width="100%" height="100%"/></svg>',
        "spy_pixel",
        "on an element around it",
    ),
    ("svg feImage", f'<svg><filter><feImage href="{T}" width="1" height="1"/></filter></svg>', "spy_pixel", "1 x 1"),
    ("body background", f'<body background="{W}">', "spy_pixel", "open tracking"),
    ("table background", f'<table background="{T}" width=1 height=1><tr><td></table>', "spy_pixel", "1 x 1 px"),
    ("td background", f'<table><tr><td background="{T}" width=1 height=1></table>', "spy_pixel", "1 x 1 px"),
    ("inline url()", f"<div style=\"width:1px;height:1px;background:url('{T}')\"></div>", "spy_pixel", "1 x 1 px"),
    ("list-style-image", f'<ul style="display:none;list-style-image:url({T})"></ul>', "spy_pixel", "display:none"),
    ("content", f'<p style="display:none;content:url({T})"></p>', "spy_pixel", "display:none"),
    ("cursor", f'<p style="display:none;cursor:url({T}),auto"></p>', "spy_pixel", "display:none"),
    ("sheet url()", f"<style>#b{{width:1px;height:1px;background:url({T})}}</style><p id=b>", "spy_pixel", "1 x 1"),
    ("sheet ::after", f"<style>p::after{{content:url({T})}} p{{display:none}}</style><p>", "spy_pixel", "display:none"),
    ("@import url()", f"<style>@import url({T});</style>", "spy_pixel", "to style the message"),
    ("@import string", f'<style>@import "{T}";</style>', "spy_pixel", "to style the message"),
    (
        "@font-face",
        f"<style>@font-face{{font-family:a;src:url({P})}}p{{font-family:a}}</style><p>a",
        "spy_pixel",
        "to style the message",
    ),
    ("@media print", f"<style>@media print{{#t{{background:url({T})}}}}</style><p id=t>", "spy_pixel", "token"),
    (
        "forward detector",
        f"<style>div.OutlookMessageHeader{{background-image:url({T})}}</style>",
        "spy_pixel",
        "its markup shows nothing",
    ),
    ("reply detector", f"<style>blockquote #_t{{background-image:url({T})}}</style>", "spy_pixel", "token"),
    ("link stylesheet", f'<link rel="stylesheet" href="{T}">', "spy_pixel", "to style the message"),
    ("link stylesheet in the body", f'<p>Hi</p><link href="{P}" rel=StyleSheet>', "spy_pixel", "to style"),
    ("link prefetch", f'<link rel=prefetch href="{T}">', "spy_pixel", "token"),
    ("link preload", f'<link rel=preload as=image href="{T}">', "spy_pixel", "token"),
    ("link imagesrcset", f'<link rel=preload as=image imagesrcset="{T} 1x">', "spy_pixel", "token"),
    (
        "link dns-prefetch",
        '<link rel=dns-prefetch href="//u7c1e5b9a2f4d8063ab19c4.t.example.net">',
        "spy_pixel",
        "the host name in its address",
    ),
    ("link icon", f'<link rel="shortcut icon" href="{T}">', "spy_pixel", "token"),
    ("video poster", f'<video poster="{T}" width=1 height=1></video>', "spy_pixel", "1 x 1 px"),
    ("video src", f'<video src="{T}" width=1 height=1></video>', "spy_pixel", "1 x 1 px"),
    ("video source", f'<video width=1 height=1><source src="{T}"></video>', "spy_pixel", "1 x 1 px"),
    ("audio src", f'<audio src="{T}"></audio>', "spy_pixel", "its markup shows nothing"),
    ("audio source", f'<audio><source src="{T}"></audio>', "spy_pixel", "its markup shows nothing"),
    ("track src", f'<video><track src="{T}"></video>', "spy_pixel", "its markup shows nothing"),
    ("bgsound", f'<bgsound src="{T}" volume=-10000>', "spy_pixel", "its markup shows nothing"),
    ("iframe", f'<iframe src="{T}" width=0 height=0></iframe>', "spy_pixel", "0 x 0 px"),
    ("frame", f'<frameset><frame src="{W}"></frameset>', "spy_pixel", "open tracking"),
    ("object", f'<object data="{T}" width=1 height=1></object>', "spy_pixel", "1 x 1 px"),
    ("embed", f'<embed src="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("meta refresh", f'<meta http-equiv="Refresh" content="0; URL=\'{T}\'">', "spy_pixel", "in the message's place"),
    (
        "img for Outlook alone",
        f'<!--[if mso]><img alt="A view" src="{T}" width="1" height="1"><![endif]-->',
        "spy_pixel",
        "1 x 1 px",
    ),
    (
        "v:image",
        f'<!--[if gte mso 9]><v:image src="{T}" style="width:1px;height:1px"/><![endif]-->',
        "spy_pixel",
        "1 x 1 px",
    ),
    (
        "v:fill in a hidden table",
        f'<table style="display:none"><tr><td><!--[if mso]><v:rect><v:fill src="{T}"/></v:rect><![endif]--></table>',
        "spy_pixel",
        "display:none on an element around it",
    ),
    (
        "v:fill in a small shape",
        f'<!--[if mso]><v:rect style="width:1px;height:1px"><v:fill type=frame src="{T}"/></v:rect><![endif]-->',
        "spy_pixel",
        "1 x 1 px",
    ),
    ("several kinds of markup for one address", f'{DOT}<bgsound src="{T}"><p background="{T}">', "spy_pixel", "token"),
]

CARRIERS += [
    ("escaped @import", f"<style>@\\69mport url({T});</style>", "spy_pixel", "to style the message"),
    (
        "nested rule",
        f"<style>.f{{.g{{background:url({T})}}}}</style><p class=f><b class=g hidden>",
        "spy_pixel",
        "hidden",
    ),
    ("touch icon", f'<link rel="apple-touch-icon-precomposed" href="{T}">', "spy_pixel", "token"),
    ("iframe srcdoc", f"<iframe srcdoc='{DOT}'></iframe>", "spy_pixel", "1 x 1 px"),
    (
        "iframe srcdoc, hidden",
        f"<iframe hidden srcdoc='<img src=\"{T}\">'></iframe>",
        "spy_pixel",
        "the hidden attribute",
    ),
    (
        "sheet for Outlook alone",
        f'<!--[if mso]><style>.q{{display:none}}</style><img class=q src="{T}"><![endif]-->',
        "spy_pixel",
        "display:none",
    ),
    (
        "@import for Outlook alone",
        f"<!--[if mso]><style>@import url({T});</style><![endif]-->",
        "spy_pixel",
        "to style",
    ),
    ("for Outlook or old browsers", f"<!--[if (gte mso 9)|!(IE)]>{DOT}<![endif]-->", "spy_pixel", "1 x 1 px"),
]

CARRIERS_HARMLESS: list[Case] = [
    ("comment for all but two, closed", f"<!--[if (!mso)&(!IE)]>{DOT}<![endif]-->", "none", ""),
    ("comment for all but those in brackets", f"<!--[if !(mso)]>{DOT}<![endif]-->", "none", ""),
    ("sheet of another language", f'<style type="text/less">@import url({T});</style>', "none", ""),
    (
        "source that only has src in a picture",
        f'<picture><source src="{T}"><img src="{LOGO}"></picture>',
        "content",
        "",
    ),
    ("refresh without a time", f'<meta http-equiv=refresh content="url={T}">', "none", ""),
    ("namespace", f"<style>@namespace svg url({T});</style><p>Hi</p>", "none", ""),
    ("rule of a medium that no mail has", f"<style>@media tv{{p{{background:url({T})}}}}</style><p>Hi", "none", ""),
    ("undecoded quoted-printable", f'<img src=3D"{T}" width=3D"1" height=3D"1">', "none", ""),
    ("img of a logo", f'<img src="{LOGO}" width=120 height=40>', "content", "no key of its query"),
    ("img of unknown size", f'<img src="{LOGO}">', "content", "no stated size"),
    ("srcset of a picture", f'<img srcset="{LOGO} 1x, {LOGO}?2 2x" width=120 height=40>', "content", "Visible"),
    ("input that is no image", f'<input type="text" src="{T}" width=1 height=1>', "none", ""),
    ("icon", '<link rel=icon href="https://www.example.com/favicon.ico">', "content", "to style the message"),
    (
        "sheet of a font service",
        '<link rel=stylesheet href="https://fonts.example.com/css?family=Open+Sans:400,700">',
        "content",
        "to style the message",
    ),
    (
        "sheet with a hashed name",
        '<link rel=stylesheet href="https://cdn.example.com/app.9f86d081884c7d65.css">',
        "content",
        "to style",
    ),
    (
        "font file",
        "<style>@font-face{src:url(https://cdn.example.com/f/mem8YaGs126MiZpBA-U1UpcaXcl0Aw.woff2)}</style>",
        "content",
        "to style the message",
    ),
    (
        "@import of a sheet",
        "<style>@import 'https://cdn.example.com/mail/base.css?v=7';</style>",
        "content",
        "to style",
    ),
    ("preconnect", '<link rel=preconnect href="https://fonts.example.com">', "content", "to style the message"),
    ("canonical link", f'<link rel=canonical href="{T}">', "none", ""),
    ("rule that meets no element", f"<style>.gone{{background:url({T})}}</style><p>Hi</p>", "none", ""),
    ("meta that is no refresh", f'<meta name="description" content="0;url={T}">', "none", ""),
    (
        "refresh to a page",
        '<meta http-equiv=refresh content="5;url=https://www.example.com/news">',
        "content",
        "in the message's place",
    ),
    ("sound file", '<bgsound src="https://www.example.com/jingle.mid">', "content", "picture or sound"),
    ("plain comment", f"<!-- {DOT} -->", "none", ""),
    ("comment for all but Outlook, closed", f"<!--[if !mso]>{DOT}<![endif]-->", "none", ""),
    (
        "button drawn for Outlook",
        f'<!--[if mso]><v:image src="{LOGO}" style="width:200px;height:40px"/><![endif]-->',
        "content",
        "Visible",
    ),
    ("template", f"<template>{DOT}</template>", "none", ""),
    ("escaped markup", DOT.replace("<", "&lt;"), "none", ""),
    ("link to click", f'<a href="{T}">open</a>', "none", ""),
    ("cid", "<img src='cid:7c1e5b9a2f4d8063ab' width=1 height=1>", "none", ""),
    ("data", "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' width=1 height=1>", "none", ""),
    ("about", "<iframe src='about:blank' width=1 height=1></iframe>", "none", ""),
    ("empty src", "<img src='' width=1 height=1>", "none", ""),
    ("relative without base", "<img src='o/7c1e5b9a2f4d8063ab.gif' width=1 height=1>", "none", ""),
    ("script", f'<script src="{T}"></script>', "none", ""),
    ("text of a script", f"<script>document.write('{DOT}')</script>", "none", ""),
    ("text of a textarea", f"<textarea>{DOT}</textarea>", "none", ""),
]


def _img(style: str, *, attributes: str = "") -> str:
    return f'<img alt="A view" src="{T}" style="{style}" {attributes}>'


def _in(opening: str, *, sheet: str = "") -> str:
    tag = opening[1:].split(" ")[0].rstrip(">")
    head = f"<style>{sheet}</style>" if sheet else ""
    return f'{head}{opening}<img alt="A view" src="{T}"></{tag}>'


HIDING: list[Case] = [
    ("attributes in px", f'<img alt="A view" src="{T}" width="1px" height="1px">', "spy_pixel", "1 x 1 px"),
    ("attributes of 0", f'<img alt="A view" src="{T}" width="0" height="0">', "spy_pixel", "0 x 0 px"),
    (
        "attributes with decimals and blanks",
        f'<img alt="A view" src="{T}" width=" 1.0 " height=" 0.5 ">',
        "spy_pixel",
        "1 x 0.5",
    ),
    ("one attribute of 0", f'<img alt="A view" src="{T}" height="0">', "spy_pixel", "height is 0"),
    ("3 x 3", f'<img alt="A view" src="{T}" width="3" height="3">', "spy_pixel", "3 x 3 px"),
    ("10 x 1", f'<img alt="A view" src="{T}" width="10" height="1">', "spy_pixel", "10 x 1 px"),
    ("2 x 6", f'<img alt="A view" src="{T}" width="2" height="6">', "spy_pixel", "2 x 6 px"),
    ("3 x 1", f'<img alt="A view" src="{T}" width="3" height="1">', "spy_pixel", "3 x 1 px"),
    (
        "20 x 1 with its token in the path",
        f'<img alt="A view" src="{P}" width="20" height="1">',
        "spy_pixel",
        "Too thin",
    ),
    ("1 px wide, height unknown", f'<img alt="A view" src="{T}" width="1">', "spy_pixel", "Too thin"),
    ("style in px", _img("width:1px;height:1px"), "spy_pixel", "1 x 1 px"),
    ("style without a unit", _img("width:1;height:1"), "spy_pixel", "1 x 1 px"),
    ("style without the last semicolon, with blanks", _img("  width : 1px ;height : 0 "), "spy_pixel", "1 x 0 px"),
    ("style with !important", _img("width:1px!important;height:1px ! important"), "spy_pixel", "1 x 1 px"),
    ("style over attributes", _img("width:1px;height:1px", attributes="width=600 height=400"), "spy_pixel", "1 x 1"),
    ("0.1em", _img("width:0.1em;height:0.1em"), "spy_pixel", "1.6 x 1.6 px"),
    ("0.75pt", _img("width:.75pt;height:.75pt"), "spy_pixel", "1 x 1 px"),
    ("max-width and max-height of 0", _img("max-width:0;max-height:0"), "spy_pixel", "0 x 0 px"),
    (
        "max-height of 1 over a large attribute",
        _img("max-width:1px;max-height:1px", attributes="width=600 height=90"),
        "spy_pixel",
        "1 x 1 px",
    ),
    ("CSS escapes", _img(r"w\69 dth:1px;h\65 ight:1px"), "spy_pixel", "1 x 1 px"),
    ("CSS comments", _img("width:/**/1px;/* */height:1px"), "spy_pixel", "1 x 1 px"),
    ("upper case", _img("WIDTH:1PX;HEIGHT:1PX"), "spy_pixel", "1 x 1 px"),
    ("display:none", _img("display:none"), "spy_pixel", "display:none on itself"),
    ("display:none !important", _img("display: none !important;"), "spy_pixel", "display:none on itself"),
    ("visibility:hidden", _img("visibility:hidden"), "spy_pixel", "visibility:hidden on itself"),
    ("opacity:0", _img("opacity:0"), "spy_pixel", "opacity:0 on itself"),
    ("opacity .05", _img("opacity:.05"), "spy_pixel", "opacity:0 on itself"),
    ("opacity in percent", _img("opacity:1%"), "spy_pixel", "opacity:0 on itself"),
    ("filter of opacity", _img("filter:alpha(opacity=0)"), "spy_pixel", "opacity:0 on itself"),
    ("off-screen", _img("position:absolute;left:-9999px"), "spy_pixel", "off-screen"),
    ("off-screen by margin", _img("margin:0 0 0 -5000px"), "spy_pixel", "off-screen"),
    ("off-screen to the right", _img("position:fixed;left:9999px"), "spy_pixel", "off-screen"),
    ("off-screen by transform", _img("transform:translate(-9999px,0)"), "spy_pixel", "off-screen"),
    (
        "text-indent",
        _in('<div style="text-indent:-9999px">'),
        "spy_pixel",
        "off-screen position on an element around it",
    ),
    ("clip", _img("position:absolute;clip:rect(0,0,0,0)"), "spy_pixel", "clipping on itself"),
    ("clip of one px", _img("position:absolute;clip:rect(1px 1px 1px 1px)"), "spy_pixel", "clipping on itself"),
    ("clip-path inset", _img("clip-path:inset(50%)"), "spy_pixel", "clipping on itself"),
    ("clip-path circle", _img("clip-path:circle(0)"), "spy_pixel", "clipping on itself"),
    ("clip-path polygon", _img("clip-path:polygon(0 0, 0 0, 0 0)"), "spy_pixel", "clipping on itself"),
    ("scale(0)", _img("transform:scale(0)"), "spy_pixel", "scale(0) on itself"),
    ("hidden attribute", f'<img alt="A view" src="{T}" hidden>', "spy_pixel", "hidden attribute"),
    ("mso-hide:all", _img("mso-hide:all"), "spy_pixel", "mso-hide:all"),
    (
        "parent with display:none",
        _in('<div style="display:none">'),
        "spy_pixel",
        "display:none on an element around it",
    ),
    (
        "grandparent with display:none",
        f'<div style="display:none"><p><b><img alt="A view" src="{T}"></b></p></div>',
        "spy_pixel",
        "display:none on an element around it",
    ),
    (
        "hidden table",
        f'<table style="display:none"><tr><td><img alt="A view" src="{T}"></table>',
        "spy_pixel",
        "on an element around it",
    ),
    ("parent with hidden attribute", _in("<div hidden>"), "spy_pixel", "hidden attribute on an element around it"),
    (
        "parent of 1 px with overflow hidden",
        _in('<div style="width:1px;height:1px;overflow:hidden">'),
        "spy_pixel",
        "a box of 1 px or less",
    ),
    ("parent of max-height 0", _in('<div style="max-height:0;overflow:hidden">'), "spy_pixel", "a box of 1 px"),
    (
        "parent of font-size 0 with overflow hidden",
        _in('<div style="font-size:0;overflow:hidden">'),
        "spy_pixel",
        "font-size:0",
    ),
    ("closed dialog", _in("<dialog>"), "spy_pixel", "a closed box on an element around it"),
    (
        "class rule",
        f'<style>.z{{display:none}}</style><img alt=z class=z src="{T}">',
        "spy_pixel",
        "display:none on itself",
    ),
    ("id rule", f'<style>#z{{width:1px;height:1px}}</style><img id=z src="{T}">', "spy_pixel", "1 x 1 px"),
    ("element rule", f'<style>img{{opacity:0}}</style><img alt="A view" src="{T}">', "spy_pixel", "opacity:0"),
    ("descendant rule", _in("<div class=f>", sheet=".f img{visibility:hidden}"), "spy_pixel", "visibility:hidden"),
    (
        "attribute rule",
        f'<style>img[alt=""]{{display:none}}</style><img alt="" src="{T}">',
        "spy_pixel",
        "display:none",
    ),
    (
        "rule on an ancestor",
        _in("<div class=f>", sheet=".f{display:none}"),
        "spy_pixel",
        "display:none on an element around it",
    ),
    (
        "sheet's !important over inline style",
        f'<style>.z{{display:none!important}}</style><img alt=z class=z style="display:block" src="{T}">',
        "spy_pixel",
        "display:none",
    ),
    (
        "rule in @media screen",
        f'<style>@media screen{{.z{{display:none}}}}</style><img alt=z class=z src="{T}">',
        "spy_pixel",
        "display:none",
    ),
    (
        "the more specific rule",
        f'<style>p .z{{display:none}} .z{{display:block}}</style><p><img alt=z class=z src="{T}">',
        "spy_pixel",
        "display:none",
    ),
]

# Less common ways to hide: a style, a box around the image, a sheet.
HIDING_STYLES = """
width:min(1px,2px);height:min(1px,2px) | width:clamp(0px,1px,2px);height:1px | width:max(0px,1px);height:max(1px,0px)
inline-size:1px;block-size:1px | max-inline-size:0;max-block-size:0 | block-size:0 | width:calc(2px / 2);height:.02cm
width:1q;height:.2mm | width:0%;height:0vh | width:-0px;height:0 | {width:9px};height:0;width:1px | font:0/0 a;height:0
dis/**/play:block;display:none | display:none;display:foo | display:none ! important;display:block | opacity:-1
opacity:0e3 | filter:blur(1px) opacity(0) | filter:progid:DXImageTransform.Microsoft.Alpha(Opacity=0)
position:absolute;top:-100vh | position:absolute;left:-200% | position:fixed;left:200vw | position:absolute;left:-999em
position:absolute;inset:-9999px auto auto -9999px | position:absolute;inset-inline-start:-9999px
margin-inline-start:-9999px | transform:translateX(9999px) | transform:translate3d(-9999px,0,0) | translate:-9999px
-webkit-transform:scale(0) | transform:scale(0.001) | transform:scale(0%) | scale:0 | transform:rotateY(90deg)
transform:matrix(0,0,0,0,0,0) | object-position:-9999px | position:absolute;clip:rect(0,auto,0,0)
clip-path:inset(50% 50% 50% 50%) | clip-path:inset(60% 0 40%) | clip-path:inset(50% 0) | clip-path:inset(9999px)
clip-path:polygon(50% 50%,50% 50%,50% 50%) | clip-path:ellipse(0px 0px at 0 0)
"""
HIDING_BOXES = [
    "<details>",
    "<div style='height:0;overflow:auto'>",
    "<div style='height:0;overflow-y:scroll'>",
    "<div style='text-indent:100%;white-space:nowrap;overflow:hidden'>",
    "<div style='float:left;width:0;max-height:0;overflow:hidden'>",
    "<div style='display:none' />",
    "<div style='display:none'><p>Hi</p><table><tr><td>",
]
HIDING_SHEETS = [
    (".f{& img{display:none}}", "<p class=f>"),
    (".f{color:red;img{display:none}}", "<p class=f>"),
    (".f,.g{b &, .h &{display:none}}", "<b><p class=g>"),
    (".f{@media screen{img{opacity:0}}}", "<p class=f>"),
    (".f{display:none}@media speech{.f{display:block}}", "<p class=f>"),
    (".f{display:none}@media not all{.f{display:block}}", "<p class=f>"),
    ("@layer a{@supports (display:grid){.f{display:none}}}", "<p class=f>"),
    (".f{display:none}@media (max-width:600px){.f{width:100%!important}}", "<p class=f>"),
    ("img:not(.v){display:none}", "<p>"),
    (":is(.f,.g) img{display:none}", "<p class=f>"),
    ("[class~=f]>img{display:none}", "<p class='e f'>"),
    ("<!-- .f{display:none} -->", "<p class=f>"),
]
HIDING += [
    (f"style: {each}", _img(each), "spy_pixel", "") for each in HIDING_STYLES.replace("\n", " | ").split(" | ") if each
]
HIDING += [
    (f"box: {each}", f'{each}<img alt="A view" src="{T}">', "spy_pixel", "it is hidden by") for each in HIDING_BOXES
]
HIDING += [
    (f"sheet: {sheet}", f'<style>{sheet}</style>{box}<img alt="A view" src="{T}">', "spy_pixel", "it is hidden by")
    for sheet, box in HIDING_SHEETS
]

SEEN = "tracked_content"  # The address identifies the recipient, but the image is visible.
HIDING_HARMLESS: list[Case] = [
    ("missing size", f'<img alt="A view" src="{T}">', SEEN, "Nothing hides it"),
    ("height missing", f'<img alt="A view" src="{T}" width="600">', SEEN, "Visible"),
    ("percent", f'<img alt="A view" src="{T}" width="1%" height="1%">', SEEN, "Nothing hides it"),
    ("auto", _img("width:auto;height:auto"), SEEN, "Nothing hides it"),
    ("0.9em of a line", _img("line-height:0.9em;font-size:0.9em"), SEEN, "Nothing hides it"),
    ("1em", _img("width:1em;height:1em"), SEEN, "Visible"),
    ("line-height:0", _in('<p style="line-height:0">'), SEEN, "Nothing hides it"),
    ("font-size:0 without overflow", _in('<p style="font-size:0">'), SEEN, "Nothing hides it"),
    ("border:1px", _img("border:1px;outline:1px", attributes="border=0"), SEEN, "Nothing hides it"),
    ("data-width", f'<img alt="A view" src="{T}" data-width="1" data-height="1">', SEEN, "Nothing hides it"),
    ("data-style", f'<img alt="A view" src="{T}" data-style="display:none">', SEEN, "Nothing hides it"),
    ("opacity .9", _img("opacity:.9"), SEEN, "Nothing hides it"),
    (
        "overflow hidden around a large box",
        _in('<div style="overflow:hidden;width:600px;height:300px">'),
        SEEN,
        "hides",
    ),
    ("position left:0", _img("position:absolute;left:0;top:0"), SEEN, "Nothing hides it"),
    ("small negative margin", _img("margin-left:-8px"), SEEN, "Nothing hides it"),
    ("clip without position", _img("clip:rect(0,0,0,0)"), SEEN, "Nothing hides it"),
    ("clip-path of a round corner", _img("clip-path:inset(0 round 8px)"), SEEN, "Nothing hides it"),
    ("scale(0.9)", _img("transform:scale(0.9)"), SEEN, "Nothing hides it"),
    ("display:block over the hidden attribute", _img("display:block", attributes="hidden"), SEEN, "Nothing hides it"),
    (
        "visible inside hidden",
        f'<div style="visibility:hidden"><img alt="A view" src="{T}" style="visibility:visible"></div>',
        SEEN,
        "Nothing hides it",
    ),
    ("mso-hide on what states its size", _img("mso-hide:all", attributes="width=600 height=200"), SEEN, "Visible"),
    (
        "mso-hide on what states its height",
        _img("mso-hide:all;height:auto", attributes="height=100 width=auto"),
        SEEN,
        "Visible",
    ),
    ("rule for other elements", _in("<div>", sheet=".z{display:none}"), SEEN, "Nothing hides it"),
    (
        "rule of small screens",
        f'<style>@media (max-width:600px){{.z{{display:none}}}}</style><img alt=z class=z src="{T}">',
        SEEN,
        "Nothing hides it",
    ),
    (
        "responsive swap",
        f"<style>.m{{display:none}}@media (max-width:600px){{.m{{display:block!important}}}}</style>"
        f'<img alt=m class=m src="{T}">',
        SEEN,
        "Nothing hides it",
    ),
    (
        "rule of print",
        f'<style>@media print{{.z{{display:none}}}}</style><img alt=z class=z src="{T}">',
        SEEN,
        "Nothing hides",
    ),
    (
        "inline style over a rule",
        f'<style>.z{{display:none}}</style><img alt=z class=z style="display:block" src="{T}">',
        SEEN,
        "Nothing hides it",
    ),
    ("open dialog", _in("<dialog open>"), SEEN, "Nothing hides it"),
    (
        "picture hidden on this client",
        '<img src="https://img.example.net/m/hero.png" style="display:none" width=600>',
        "content",
        "a host of pictures",
    ),
    (
        "emoji that webmail hides",
        '<div style="display:none"><img src="https://img.example.net/emoji/1f680/72.png"></div>' * 5,
        "content",
        "a host of pictures",
    ),
]

SHOWN_STYLES = """
width:min(600px,100%);height:auto | width:max(1px,100%) | width:1 px;height:1 px | width:1furlong | max-width:1em
width:1px;min-width:300px;height:1px;min-height:100px | --width:1px;--height:1px | display:none;display:block
*display:none | _display:none | display:none none | display:none!ie | opacity:6% | filter:opacity(.5) | left:-9999px
position:absolute;left:-20px | margin-left:-100% | transform:translateY(-100px) | transform:scale(0.8) | scale:1
position:relative;clip:rect(0,0,0,0) | position:absolute;clip:rect(auto,auto,auto,auto) | clip-path:inset(60% 0 0 0)
clip-path:inset(0 0 0 0 round 50%) | clip-path:polygon(0 0,100% 0,100% 100%,0 100%) | object-position:center
position:absolute;clip:rect(0,600px,400px,0) | text-indent:100% | overflow:auto
"""
SHOWN_BOXES = [
    "<details open>",
    "<details><summary>",
    "<div style='height:400px;overflow:auto'>",
    "<div style='max-height:0'>",
    "<table style='display:none'>",
    "<p style='display:none'>Hi<div>",
    "<div aria-hidden=true inert class=hidden>",
]
SHOWN_SHEETS = [
    ("@media (prefers-color-scheme:dark){.f{display:none}}", "<p class=f>"),
    (".f{display:none}@media (prefers-color-scheme:dark){.f{display:block!important}}", "<p class=f>"),
    (".f{display:none}@media yahoo{.f{display:block!important}}", "<p class=f>"),
    (
        ".f{display:none;mso-hide:all}@media (max-width:480px){.f{display:table-cell!important}}",
        "<table><tr><td class=f>",
    ),
    (".f{&:hover{display:none}}", "<p class=f>"),
    (".f{.g{display:none}}", "<p class=f>"),
    ("[data-ogsc] .f{display:none}", "<p class=f>"),
    ("u + .body .f{display:none}", "<div class=body><p class=f>"),
    ("@supports not (display:block){.f{display:none}}", "<p class=f>"),
    (".f,..g{display:none}", "<p class=f>"),
    ("@media tv{.f{display:none}}", "<p class=f>"),
]
HIDING_HARMLESS += [
    (f"style: {each}", _img(each), SEEN, "") for each in SHOWN_STYLES.replace("\n", " | ").split(" | ") if each
]
HIDING_HARMLESS += [
    (f"box: {each}", f'{each}<img alt="A view" src="{T}">', SEEN, "Nothing hides it") for each in SHOWN_BOXES
]
HIDING_HARMLESS += [
    (f"sheet: {sheet}", f'<style>{sheet}</style>{box}<img alt="A view" src="{T}">', SEEN, "Nothing hides it")
    for sheet, box in SHOWN_SHEETS
]
HIDING_HARMLESS += [
    (
        "sheet of another language",
        f'<style type="text/x">img{{display:none}}</style><img alt="A view" src="{T}">',
        SEEN,
        "Nothing",
    ),
    (
        "sheet for Outlook",
        f'<!--[if mso]><style>img{{display:none}}</style><![endif]--><img alt="A view" src="{T}">',
        SEEN,
        "Nothing",
    ),
]

MARKUP: list[Case] = [
    ("> inside an attribute", f'<img alt="a > b" src="{T}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "duplicate attributes",
        f'<img alt="A view" src="{T}" src="{LOGO}" width=1 width=600 height=1 height=90>',
        "spy_pixel",
        "1 x 1",
    ),
    ("newline and tab in the address", f'<img src="{T[:30]}\n\t{T[30:]}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("blanks around the address", f'<img src=" \n{T} " width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "entities",
        f'<img src="{T.replace(":", "&#58;").replace("/", "&#x2f;")}" width=1 height=1>',
        "spy_pixel",
        "token",
    ),
    (
        "entities by name",
        f'<img src="{T.replace(":", "&colon;").replace("/", "&sol;").replace(".", "&period;")}" width=1 height=1>',
        "spy_pixel",
        "token",
    ),
    ("control characters around the address", f'<img src="&#1;{T}&#31;" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("&amp;", f'<img src="{T}&amp;x=1" width=1 height=1>', "spy_pixel", "token"),
    ("unclosed tag at the end", f'<p>Hi<img width=1 height=1 src="{T}"', "spy_pixel", "1 x 1 px"),
    ("unclosed quote at the end", f'<p>Hi<img width=1 height=1 src="{T}', "spy_pixel", "1 x 1 px"),
    ("unclosed quote after a blank at the end", f"<p>Hi<img width=1 height=1 src = '{T}", "spy_pixel", "1 x 1 px"),
    ("after </html>", f"<html><body><p>Hi</body></html>{DOT}", "spy_pixel", "1 x 1 px"),
    ("before <html>", f"{DOT}<html><body><p>Hi</body></html>", "spy_pixel", "1 x 1 px"),
    ("in the head", f"<html><head>{DOT}</head><body>Hi</body></html>", "spy_pixel", "1 x 1 px"),
    ("in a table, outside its cells", f"<table>{DOT}<tr><td>Hi</table>", "spy_pixel", "1 x 1 px"),
    ("in noscript", f"<noscript>{DOT}</noscript>", "spy_pixel", "1 x 1 px"),
    ("no quotes", f"<img alt=View src={T} width=1 height=1>", "spy_pixel", "1 x 1 px"),
    ("single quotes, upper case", f"<IMG SRC='{T}' WIDTH='1' HEIGHT='1'>", "spy_pixel", "1 x 1 px"),
    ("slashes between attributes", f'<img/src="{T}"/width="1"/height="1"/>', "spy_pixel", "1 x 1 px"),
    (
        "base href",
        f'<base href="https://img.example.net/a/"><img src="/h{T[25:]}" width=1 height=1>',
        "spy_pixel",
        "1 x",
    ),
    ("protocol-relative", f'<img src="{T[6:]}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("backslashes", f'<img src="{T.replace("/", chr(92))}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "upper case address",
        f'<img src="{T.replace("https://img.example.net", "HTTPS://IMG.EXAMPLE.NET")}" width=1 height=1>',
        "spy_pixel",
        "1 x 1 px",
    ),
    ("userinfo", f'<img src="{T.replace("//", "//www.example.com:x@")}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("port", f'<img src="{T.replace(".net", ".net:8443")}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("trailing dot", f'<img src="{T.replace(".net", ".net.")}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    ("IP host", f'<img src="{T.replace("img.example.net", "192.0.2.7")}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "IP host as one number",
        f'<img src="{T.replace("img.example.net", "3221225991")}" width=1 height=1>',
        "spy_pixel",
        "1 x 1 px",
    ),
    (
        "IPv6 host",
        f'<img src="{T.replace("img.example.net", "[2001:db8::7]")}" width=1 height=1>',
        "spy_pixel",
        "1 x 1",
    ),
    ("host of another script", f'<img src="{T.replace("img.", "bücher.")}" width=1 height=1>', "spy_pixel", "1 x 1 px"),
    (
        "CSS escapes in url()",
        f'<div style="display:none;background:url(\\68 ttps://img.example.net/h?u={T[-18:]})"></div>',
        "spy_pixel",
        "display:none",
    ),
    (
        "quotes as entities in url()",
        f'<div style="display:none;background:url(&quot;{T}&quot;)"></div>',
        "spy_pixel",
        "display:none",
    ),
    ("comment left open before a conditional one", f"<!--[if mso]>a<![endif]-->{DOT}<!--", "spy_pixel", "1 x 1 px"),
    ("not for Outlook, revealed", f"<!--[if !mso]><!-->{DOT}<!--<![endif]-->", "spy_pixel", "1 x 1 px"),
    ("downlevel-revealed", f"<![if !mso]>{DOT}<![endif]>", "spy_pixel", "1 x 1 px"),
]

TOKENS: list[Case] = [
    (
        "uid in the query",
        '<img src="https://t.example.net/tr/p.gif?uid=30165731268&mid=3000" width=1 height=1>',
        "spy_pixel",
        "query",
    ),
    (
        "hex in a folder",
        '<img src="https://t.example.net/o/709fcfbc/3eb89a0f/open.gif" width=1 height=1>',
        "spy_pixel",
        "path",
    ),
    (
        "number in a file name",
        '<img src="https://t.example.net/o/image-1095548-5684913.gif" width=1 height=1>',
        "spy_pixel",
        "file name",
    ),
    (
        "UUID in a file name",
        '<img src="https://t.example.net/o/5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f.png" width=1 height=1>',
        "spy_pixel",
        "file name",
    ),
    (
        "numbers in a row",
        '<img src="https://t.example.net/op/1508_md/1995/2285/660/1/12270" width=1 height=1>',
        "spy_pixel",
        "path",
    ),
    (
        "two numbers in a row",
        '<img src="https://t.example.net/do/12337/850395/1.gif" width=1 height=1>',
        "spy_pixel",
        "path",
    ),
    (
        "query without a key",
        '<img src="https://t.example.net/c?b0c9382deaa8b478c6a44681" width=1 height=1>',
        "spy_pixel",
        "query",
    ),
    (
        "long value of a campaign's key",
        '<img src="https://t.example.net/o?d=AQx7c1e5b9a2f4d8063ab19c4" width=1 height=1>',
        "spy_pixel",
        "query",
    ),
    (
        "short id of a person's key",
        '<img src="https://t.example.net/o.php?sub=zZObcL&c=n" width=1 height=1>',
        "spy_pixel",
        "query",
    ),
    (
        "somebody's address",
        '<img src="https://t.example.net/o.php?em=kim%40example.org" width=1 height=1>',
        "spy_pixel",
        "holds an e-mail address",
    ),
    (
        "host label",
        '<img src="https://u7c1e5b9a2f4d8063ab19.t.example.net/o.gif" width=1 height=1>',
        "spy_pixel",
        "host name",
    ),
    (
        "spacer.gif of a beacon",
        '<img src="https://t.example.net/open/7c1e5b9a2f4d8063ab/spacer.gif" width=1 height=1>',
        "spy_pixel",
        "path",
    ),
    (
        "the same spacer three times, with a person's key",
        f'<img alt="A view" src="{T}" width=1 height=1>' * 3,
        "spy_pixel",
        "query",
    ),
    (
        "hidden gif with its token in the path",
        '<img src="https://t.example.net/h/7c1e5b9a2f4d8063ab.gif" style="display:none">',
        "spy_pixel",
        "file name",
    ),
    (
        "no size, but a word for it",
        '<img src="https://t.example.net/track/open.php?u=7c1e5b9a2f4d8063ab">',
        "spy_pixel",
        "names an opening",
    ),
    ("no size, but a known shape", f'<img src="{W}">', "spy_pixel", "open tracking"),
    (
        "individual picture",
        '<img src="https://t.example.net/im/offer.png?e=7c1e5b9a2f4d8063ab-9Qx" width=600 height=90>',
        "tracked_content",
        "Visible, but",
    ),
    ("known shape of a large size", f'<img src="{W}" width=600 height=300>', "tracked_content", "Visible, but"),
]

TOKENS_HARMLESS: list[Case] = [
    (
        "shared dot",
        '<img src="https://t.example.net/px.gif?site=news&cb=123456789" width=1 height=1>',
        "counting_pixel",
        "nothing in its address",
    ),
    (
        "dot of a campaign",
        '<img src="https://t.example.net/px.gif?campaign=30165731268&utm_id=7c1e5b9a2f4d8063ab" width=1 height=1>',
        "counting_pixel",
        "nothing in its address",
    ),
    (
        "dot of an analytics account",
        '<img src="https://t.example.net/collect?v=1&tid=UA-12345678-1&t=event&ec=mail" width=1 height=1>',
        "counting_pixel",
        "nothing",
    ),
    (
        "dot of a day",
        '<img src="https://t.example.net/px/20240131/1.gif?ts=1706700000" width=1 height=1>',
        "counting_pixel",
        "nothing",
    ),
    (
        "spacer repeated",
        '<img src="https://img.example.net/i/7c1e5b9a2f4d8063ab.gif" width=1 height=1>' * 4,
        "spacer",
        "occurs 4 times",
    ),
    ("spacer by name", '<img src="https://img.example.net/i/spacer.gif" width=1 height=1>', "spacer", "spacer's name"),
    (
        "clear image of 10 x 10",
        '<img src="https://img.example.net/i/spacer.gif" width=10 height=10>',
        "spacer",
        "By its",
    ),
    ("divider of 1 x 23", '<img src="https://img.example.net/i/div.gif" width=1 height=23>', "spacer", "A line"),
    ("spacer of 620 x 1", '<img src="https://img.example.net/i/w.gif" width=620 height=1>', "spacer", "620 x 1 px"),
    ("line of 100 % x 1", '<img src="https://img.example.net/i/w.gif" width="100%" height=1>', "spacer", "A line"),
    ("line of 8 x 1", '<img src="https://img.example.net/i/w.gif" width=8 height=1>', "spacer", "a line's"),
    ("corner of 5 x 5", '<img src="https://img.example.net/i/tl.gif" width=5 height=5>', "spacer", "corner"),
    (
        "line with a hashed name",
        '<img src="https://cdn.example.net/i/6b625196409f6798b3c750090a171ecb.png" width=265 height=1>',
        "spacer",
        "A line",
    ),
    (
        "dot with a hashed name in an image folder",
        '<img src="https://img.example.net/images/5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f.png" width=1 height=1>',
        "counting_pixel",
        "nothing",
    ),
    (
        "picture of 0 x 0 in a store",
        '<img src="https://d.example.net/public/users/5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f/'
        '992557.jpg" width=0 height=0>',
        "content",
        "a folder of pictures",
    ),
    (
        "content hash",
        '<img src="https://cdn.example.net/9f86d081884c7d659a2feaa0c55ad015.png" width=600 height=200>',
        "content",
        "Visible",
    ),
    (
        "UUID",
        '<img src="https://cdn.example.net/5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f/hero.jpg">',
        "content",
        "no stated size",
    ),
    (
        "date and size",
        '<img src="https://www.example.net/2019/10/Header-Logo-600x600.jpg?v=1646911697">',
        "content",
        "n",
    ),
    (
        "transform",
        '<img src="https://img.example.net/x.png?w=736&f=9f86d081884c7d659a2feaa0c55ad015&fit=crop">',
        "content",
        "no stated size",
    ),
    (
        "signed store",
        '<img src="https://s.example.net/x.png?X-Amz-Signature=9f86d081884c7d659a2feaa0c55ad015&Expires=1">',
        "content",
        "no stated size",
    ),
    (
        "campaign tags",
        '<img src="https://www.example.net/b.png?utm_source=newsletter&utm_campaign=7c1e5b9a2f4d80">',
        "content",
        "no stated size",
    ),
    (
        "hidden logo of a long name",
        '<img src="https://img.example.net/a/logo.18f3766048ba86905233.png" style="display:none">',
        "content",
        "a host of pictures",
    ),
    (
        "page about opening hours",
        '<img src="https://www.example.net/open-house/door.jpg?v=7c1e5b9a2f4d80">',
        "content",
        "no stated size",
    ),
    ("retina picture", '<img src="https://www.example.net/i/logo@2x.png" width=120 height=40>', "content", "no key"),
]

SECTIONS = {
    "carrier": CARRIERS,
    "carrier, harmless": CARRIERS_HARMLESS,
    "hiding": HIDING,
    "hiding, harmless": HIDING_HARMLESS,
    "markup": MARKUP,
    "token": TOKENS,
    "token, harmless": TOKENS_HARMLESS,
}
CASES = [
    pytest.param(html, verdict, reason, id=f"{section}: {name}")
    for section, cases in SECTIONS.items()
    for name, html, verdict, reason in cases
]


def _last(html: str, engine: Engine, *, loads_in: LoadsIn = "all") -> Resource | None:
    """Return the resource that the case is about: the one with a token if there is one, else the first."""
    found = examine([HtmlPart(html, loads_in)], engine=engine)
    return next((r for r in found if "7c1e5b9a" in r.url), next(iter(found), None))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("html", "verdict", "reason"), CASES)
def test_every_case_gets_its_verdict_and_reason(html: str, verdict: str, reason: str, engine: Engine) -> None:
    found = _last(html, engine)
    assert (found.verdict if found else "none") == verdict, found
    assert reason in (found.reason if found else ""), found


@pytest.mark.parametrize(("html", "verdict", "reason"), CASES)
def test_the_engines_agree_on_every_resource(html: str, verdict: str, reason: str) -> None:
    fast, slow = ([_signals(r) for r in examine([HtmlPart(html)], engine=engine)] for engine in ENGINES)
    assert fast == slow


def _signals(found: Resource) -> tuple[object, ...]:
    return found.carrier, found.url, found.width_px, found.height_px, found.hidden_by, found.verdict, found.loads_in


def test_there_are_enough_cases_and_look_alikes() -> None:
    beacons = [name for section, cases in SECTIONS.items() if "harmless" not in section for name, *_ in cases]
    harmless = [name for section, cases in SECTIONS.items() if "harmless" in section for name, *_ in cases]
    assert len(beacons) >= 150
    assert len(harmless) >= 75


AMP = [
    (f'<amp-img src="{T}" width="1" height="1"></amp-img>', "spy_pixel"),
    (f'<amp-img srcset="{T} 1x" width="1" height="1"></amp-img>', "spy_pixel"),
    (f'<amp-pixel src="{T}" layout="nodisplay"></amp-pixel>', "spy_pixel"),
    (f'<amp-list src="{T}"></amp-list>', "spy_pixel"),
    (f'<amp-img src="{LOGO}" width="120" height="40"></amp-img>', "content"),
    ('<amp-pixel src="https://t.example.net/px?site=news"></amp-pixel>', "counting_pixel"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("html", "verdict"), AMP)
def test_an_amp_part_loads_in_amp_clients(html: str, verdict: str, engine: Engine) -> None:
    found = _last(html, engine, loads_in="amp")
    assert found is not None
    assert (found.verdict, found.loads_in) == (verdict, "amp")


LOADS_IN = [
    (f'<!--[if mso]><img alt="A view" src="{T}" width=1 height=1><![endif]-->', "outlook"),
    (f'<!--[if gte mso 9]><v:image src="{T}"/><![endif]-->', "outlook"),
    (f"<style>@media print{{p{{background:url({T})}}}}</style><p>", "print"),
    (f"<style media=print>p{{background:url({T})}}</style><p>", "print"),
    (f'<amp-img src="{T}" width=1 height=1></amp-img>', "amp"),
    (f"<!--[if !mso]><!--><img alt=View src={T}><!--<![endif]-->", "all"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("html", "loads_in"), LOADS_IN)
def test_the_clients_that_load_a_resource_are_named(html: str, loads_in: str, engine: Engine) -> None:
    found = _last(html, engine)
    assert found is not None
    assert found.loads_in == loads_in


QUOTES = [
    "<div class=gmail_quote>{}</div>",
    "<blockquote type=cite>{}</blockquote>",
    "<div class='yahoo_quoted'><div><p>{}</p></div></div>",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("quote", QUOTES)
def test_a_quoted_beacon_counts_and_is_marked_as_quoted(quote: str, engine: Engine) -> None:
    quoted, own = (examine([HtmlPart(html)], engine=engine)[0] for html in (quote.format(DOT), DOT))
    assert (quoted.verdict, quoted.is_quoted) == ("spy_pixel", True)
    assert (own.verdict, own.is_quoted) == ("spy_pixel", False)


ESCAPED = T.replace(":", "%3A").replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
PROOFPOINT_2 = T.replace("=", "-3D").replace(":", "-3A").replace("?", "-3F").replace("/", "_")
PROOFPOINT_3 = T.replace("?", "*").replace("=", "*")
REWRITERS = [
    ("gmail", f"https://ci3.googleusercontent.com/proxy/0123abcd-EFGH=s0-d-e1-ft#{T}"),
    ("gmail", f"https://ci5.googleusercontent.com/meips/0123abcd=s0-d-e1-ft#{T}"),
    ("outlook", f"https://na01.outlook.com/proxy/?url={ESCAPED}&data=1"),
    ("yahoo", f"https://ecp.yusercontent.com/mail?url={ESCAPED}&t=1&ymreqid=0"),
    ("superhuman", f"https://media.superhumanapp.com/images/_/{ESCAPED}"),
    ("superhuman", f"https://media.superhumanapp.com/images/_/{T}"),
    ("safe_links", f"https://eur01.safelinks.protection.outlook.com/?url={ESCAPED}&data=1&reserved=0"),
    ("proofpoint", f"https://urldefense.proofpoint.com/v2/url?u={PROOFPOINT_2}&d=DwMF&c=0&e="),
    ("proofpoint", f"https://urldefense.proofpoint.com/v1/url?u={ESCAPED}&k=0"),
    ("proofpoint", f"https://urldefense.us/v3/__{PROOFPOINT_3}__;{urlsafe_b64encode(b'?=').decode().rstrip('=')}!!x$"),
    ("proofpoint", f"https://urldefense.com/v3/__{PROOFPOINT_3}__;{urlsafe_b64encode(b'?=').decode().rstrip('=')}!!x$"),
    ("gmail", f"https://ci3.googleusercontent.com/proxy/x#https://na01.outlook.com/proxy/?url={ESCAPED}"),
]
NOT_REWRITTEN = [
    "https://lh3.googleusercontent.com/a/0123abcd-EFGH=s120",
    "https://ci3.googleusercontent.com/proxy/0123abcd-EFGH=s0-d-e1-ft",
    "https://www.example.com/proxy/?url=https%3A%2F%2Fimg.example.net%2Flogo.png",
    "https://outlook.example.com/mail?url=https%3A%2F%2Fimg.example.net%2Flogo.png",
    "https://notoutlook.com/proxy/?url=https%3A%2F%2Fimg.example.net%2Flogo.png",
    "https://na01.outlook.com/proxy/?url=cid%3Ax",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("wrapper", "url"), REWRITERS)
def test_a_rewritten_address_is_unwrapped(wrapper: str, url: str, engine: Engine) -> None:
    found = examine([HtmlPart(f'<img src="{url.replace("&", "&amp;")}" width=1 height=1>')], engine=engine)[0]
    assert (found.verdict, found.url, found.host) == ("spy_pixel", T, "img.example.net")
    assert found.wrapper == ("outlook" if url.count("proxy") > 1 else wrapper)


@pytest.mark.parametrize("url", NOT_REWRITTEN)
def test_an_address_that_only_looks_rewritten_is_left_alone(url: str) -> None:
    found = examine([HtmlPart(f'<img src="{url}">')])[0]
    assert (found.verdict, found.wrapper) == ("content", None)
    assert found.url == url


WHO = "Kim.Example@Mail.Example.org"
OTHER = "lee.other@mail.example.org"


def _digests(data: bytes) -> dict[str, bytes]:
    names = "md5 sha1 sha224 sha256 sha384 sha512 sha3_224 sha3_256 sha3_384 sha3_512 blake2b blake2s".split()
    return {name: hashlib.new(name, data).digest() for name in names} | {
        "crc32": zlib.crc32(data).to_bytes(4, "big"),
        "adler32": zlib.adler32(data).to_bytes(4, "big"),
        "murmur3": mmh3.hash(data, signed=False).to_bytes(4, "big"),
    }


def _plain_b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _url_b64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _encodings(who: str) -> list[tuple[str, str, str]]:
    """Return name, URL and expected words of every encoding of `who`."""
    lower, local = who.lower(), who.lower().partition("@")[0]
    query, path = "https://t.example.net/o?x={}&n=1", "https://t.example.net/o/{}/1.gif"
    found = [
        ("plain in the query", query.format(lower), "plain"),
        ("plain, as written", query.format(who), "plain"),
        ("plain, upper case", query.format(who.upper()), "plain"),
        ("percent-encoded", query.format(lower.replace("@", "%40").replace(".", "%2E")), "plain"),
        ("percent-encoded twice", query.format(lower.replace("@", "%2540")), "plain"),
        ("every character percent-encoded", query.format("".join(f"%{ord(c):02X}" for c in lower)), "plain"),
        ("plain in the path", path.format(lower), "plain"),
        ("plain as a file name", f"https://t.example.net/o/{lower}.gif", "plain"),
        ("plain in the fragment", f"https://t.example.net/o#{lower}", "plain"),
        ("as a return path", query.format(lower.replace("@", "=")), "plain"),
        ("local part", f"https://t.example.net/o?name={local}&n=1", "local part"),
        ("local part in the path", f"https://t.example.net/o/{local}/1.gif", "local part"),
        ("base64", query.format(_plain_b64(lower)), "base64"),
        ("base64 as written", query.format(_plain_b64(who)), "base64"),
        ("base64 percent-encoded", query.format(_plain_b64(lower + "?>").replace("=", "%3D")), "base64"),
        ("base64 without padding", query.format(_plain_b64(lower).rstrip("=")), "base64"),
        ("base64url", query.format(_url_b64(lower + "?>~")), "base64"),
        ("base64 in the path", path.format(_url_b64(lower)), "base64"),
        ("base64 of JSON", query.format(_plain_b64(json.dumps({"id": 7, "email": lower, "n": 1}))), "base64"),
        ("base64 of a query", query.format(_url_b64(f"id=12345&email={lower}&list=9")), "base64"),
        ("base64 of a percent-encoded query", query.format(_url_b64(f"a=1&e={lower.replace('@', '%40')}")), "base64"),
        ("base64 behind a prefix", query.format("v1_" + _url_b64(f"12|{lower}|x")), "base64"),
        ("base64 of base64", query.format(_plain_b64(_plain_b64(f"12:{lower}"))), "base64 of base64"),
        ("base64 of a digest in JSON", query.format(_url_b64(json.dumps({"e": _md5(lower), "n": 1}))), "base64 of md5"),
        ("base64 of a hex digest", path.format(_plain_b64(_md5(lower)).rstrip("=")), "base64 of md5"),
        ("hex of the address", path.format(lower.encode().hex()), "hex"),
    ]
    writings = {"": lower, " as written": who, " of upper case": who.upper(), " of the local part": local}
    for how, text in writings.items():
        found += [
            (name + how, query.format(digest.hex()), name + how) for name, digest in _digests(text.encode()).items()
        ]
    digests = _digests(lower.encode())
    for name, digest in digests.items():
        found.append((f"{name} in upper-case hex", path.format(digest.hex().upper()), name))
        found.append((f"{name} of a hex digest", query.format(hashlib.sha256(digest.hex().encode()).hexdigest()), name))
        if len(digest) > 4:
            found.append((f"{name} in base64", query.format(b64encode(digest).decode().replace("+", "%2B")), name))
            found.append((f"{name} in base64url", path.format(urlsafe_b64encode(digest).decode().rstrip("=")), name))
            if len(digest) <= 28:
                found.append((f"{name} in the host", f"https://{digest.hex()}.t.example.net/o.gif", name))
        found.append((f"{name} in a file name", f"https://t.example.net/o/{digest.hex()}.gif", name))
        found.append((f"{name} in the fragment", f"https://t.example.net/o#{digest.hex()}", name))
        found.append((f"{name} behind a prefix", query.format(f"u_{digest.hex()}-2"), name))
    return found


@pytest.mark.parametrize(("url", "how"), [pytest.param(url, how, id=name) for name, url, how in _encodings(WHO)])
def test_the_recipients_address_is_found_in_every_form(url: str, how: str) -> None:
    found = examine([HtmlPart(f'<img src="{url}" width=1 height=1>')], recipients=["x@example.com", WHO])[0]
    assert found.identity is not None
    assert how in found.identity
    assert found.verdict == "spy_pixel"
    assert "holds the recipient's e-mail address" in found.reason


@pytest.mark.parametrize("url", [pytest.param(url, id=name) for name, url, _ in _encodings(OTHER)])
def test_somebody_elses_address_is_not_an_identity(url: str) -> None:
    assert examine([HtmlPart(f'<img src="{url}" width=1 height=1>')], recipients=[WHO])[0].identity is None


NOT_THE_ADDRESS = [
    "https://mail.example.org/logo.png",
    "https://t.example.net/kim.example.org/logo.png",
    "https://t.example.net/o?x=kim.example@mail.example.org.example.com",
    "https://t.example.net/o?x=not-kim.example@mail.example.org",
    "https://t.example.net/kim/logo.png",
]


@pytest.mark.parametrize("url", NOT_THE_ADDRESS)
def test_text_that_only_looks_like_the_address_is_not_an_identity(url: str) -> None:
    assert examine([HtmlPart(f'<img src="{url}">')], recipients=[WHO])[0].identity is None


def test_a_shared_mailbox_name_is_not_an_identity() -> None:
    html = '<img src="https://t.example.net/o?type=newsletter&dept=info" width=1 height=1>'
    found = examine([HtmlPart(html)], recipients=["info@example.org", "newsletter@example.org"])[0]
    assert (found.identity, found.verdict) == (None, "counting_pixel")
