"""Addresses of stored files (signed, hashed, cut to size, attached), and others that only look like them."""

from __future__ import annotations

import pytest

from pixelstudy.pixels.urls.stored import BY_NAME, IN_FOLDER, ON_HOST, is_surely_stored, stored_as

H = "7c1e5b9a2f4d8063ab7c1e5b9a2f4d80"
UUID = "5f0c9b1e-0000-4c3d-9e2f-1a2b3c4d5e6f"

STORED = [
    ("b.s3.eu-west-1.amazonaws.com", f"/{H}", "stores files"),
    ("www.shop.example", f"/a.png?X-Amz-Signature={H}&X-Amz-Date=1", "signed"),
    ("www.shop.example", f"/a?sig={H}&sv=2020-10-02&se=2024", "signed"),
    ("i.shop.example", f"/{H}?w=600&h=200&fit=crop", "cut to size"),
    ("i.shop.example", f"/w_600,h_200,c_fill/{H}", "cut to size"),
    ("www.shop.example", f"/cdn-cgi/image/width=600/{H}", "cut to size"),
    ("shop.my.salesforce.com", "/servlet/servlet.ImageServer?id=0154w000007c1e5&oid=00D4w000001a2b3", "file of the"),
    ("shop.file.force.example", "/sfc/dist/version/renditionDownload?versionId=0684w000007c1e5", "file of the"),
    ("shop.service.example", f"/sys_attachment.do?sys_id={H}", "file of the"),
    ("files.shop.example", f"/s/{H}/logo?raw=1", "file of the"),
    ("www.shop.example", f"/avatars/{H}", "portrait"),
    ("t.shop.example", "/7/65/42.png", "piece of a map"),
    ("mail.shop.example", "/service/home/~/?auth=co&id=834474&part=2.2", "attachment"),
    ("mail.google.com", "/mail/u/0?ui=2&attid=0.1&view=fimg", "attachment"),
    ("p.shop.example", f"/proxy?url=https%3A%2F%2Fa.example%2F{H}", "another picture"),
    ("www.shop.example", f"/images/{H}", IN_FOLDER),
    ("www.shop.example", f"/lib/{UUID}/m/1/{UUID}.png", IN_FOLDER),
    ("www.shop.example", f"/{H}.jpg", BY_NAME),
    ("assets.shop.example", f"/{H}", ON_HOST),
]
OPEN = [
    ("t.shop.example", f"/o/{H}"),
    ("t.shop.example", f"/o/{H}.gif"),
    ("www.shop.example", f"/images/track/{H}"),
    ("www.shop.example", "/images/eyJhbGciOiJIUzI1NiJ9.eyJ1IjoxfQ.s5Xq0Zt"),
    ("www.shop.example", f"/images/count.php?u={H}"),
    ("r_d7.shop.example", f"/r_d7YBck/{H}"),
    ("t.shop.example", "/op/70_md/31/4/1/4/383653"),
]


@pytest.mark.parametrize(("host", "path", "how"), STORED)
def test_a_stored_picture_is_recognised_with_the_reason(host: str, path: str, how: str) -> None:
    assert how in (stored_as(host, path) or "")


@pytest.mark.parametrize(("host", "path"), OPEN)
def test_a_possible_beacon_is_not_taken_for_a_stored_picture(host: str, path: str) -> None:
    assert stored_as(host, path) is None


@pytest.mark.parametrize("path", ["/images/8c1f5b.gif", "/files/7c1e5b9a.png"])
def test_a_folder_of_pictures_does_not_clear_a_dot(path: str) -> None:
    assert stored_as("www.shop.example", path) == IN_FOLDER
    assert stored_as("www.shop.example", path, is_dot=True) is None


@pytest.mark.parametrize("path", [f"/images/{H}.gif", f"/a/{H}.jpg", f"/x?X-Amz-Signature={H}"])
def test_a_hash_a_photo_or_a_signature_clears_even_a_dot(path: str) -> None:
    assert stored_as("www.shop.example", path, is_dot=True)


def test_names_alone_are_not_certain() -> None:
    assert is_surely_stored(f"/avatars/{H}")
    assert not is_surely_stored(f"/images/{H}.png")
