"""Labels in every form they come in, and the population they put a message in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from pixelstudy.mail.message import parse_message
from pixelstudy.mail.populations import LANGUAGES, NAMES, Population, merge_populations, read_population
from pixelstudy.mail.raw import RawMessage


def labels(head: str, *container: str) -> tuple[str, ...]:
    return parse_message(RawMessage(head.encode() + b"\n\n", "1", 0, container)).labels


class TestLabels:
    def test_gmail_puts_commas_between(self) -> None:
        assert labels("X-Gmail-Labels: Inbox,Opened,Category Promotions") == ("Inbox", "Opened", "Category Promotions")

    def test_and_quotes_around_a_label_with_a_comma(self) -> None:
        assert labels('X-Gmail-Labels: Inbox,"Tea, ""hot""",Work') == ("Inbox", 'Tea, "hot"', "Work")

    def test_folds_them(self) -> None:
        assert labels("X-Gmail-Labels: Inbox,\n Category\n Promotions") == ("Inbox", "Category Promotions")

    def test_and_encodes_them(self) -> None:
        head = "X-Gmail-Labels: =?UTF-8?Q?Bo=C3=AEte_de_r=C3=A9ception,?=\n =?UTF-8?Q?_Messages_envoy=C3=A9s?="
        assert labels(head) == ("Boîte de réception", "Messages envoyés")

    def test_even_within_a_letter(self) -> None:
        head = "X-Gmail-Labels: =?UTF-8?Q?Bo=C3?=\n =?UTF-8?Q?=AEte_de_r=C3=A9ception?=,\n =?UTF-8?B?5Y+X5L+h?="
        assert labels(head) == ("Boîte de réception", "受信")

    def test_a_hard_space_is_a_space(self) -> None:
        head = "X-Gmail-Labels: =?UTF-8?Q?Ouvert,Cat=C3=A9gorie=C2=A0:_E-mails_?=\n =?UTF-8?Q?personnels,=22a,_b=22?="
        assert labels(head) == ("Ouvert", "Catégorie : E-mails personnels", "a, b")

    def test_keywords_have_spaces_between(self) -> None:
        assert labels("X-Keywords: NonJunk $label1  ") == ("NonJunk", "$label1")
        assert labels(f"X-Mozilla-Keys: junk $label2{' ' * 60}") == ("junk", "$label2")

    def test_those_of_the_container_come_first_and_each_once(self) -> None:
        assert labels("X-Gmail-Labels: Work,Inbox,Work", "Archive", "Inbox") == ("Archive", "Inbox", "Work")

    @pytest.mark.parametrize("value", ['"', '"Inbox', ",,,", "\t"])
    def test_what_is_broken_breaks_nothing(self, value: str) -> None:
        assert labels(f"X-Gmail-Labels: {value}") in ((), ("Inbox",))


class TestPopulation:
    @pytest.mark.parametrize(("population", "names"), NAMES.items())
    def test_every_name_of_a_folder_says_what_it_is(self, population: Population, names: frozenset[str]) -> None:
        assert {read_population({}, [name.title()]) for name in names} == {population}

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_is_understood_in_every_language(self, language: str) -> None:
        for population, names in LANGUAGES[language].items():
            for name in names:
                for written in (
                    name,
                    unicodedata.normalize("NFD", name),
                    name.replace(" ", "\u00a0"),
                    f"[Gmail]/{name}",
                ):
                    assert read_population({}, ["Opened", written]) == population

    def test_and_there_are_twenty_of_gmails_at_least(self) -> None:
        assert len(LANGUAGES) >= 20
        readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
        assert f" in {len(LANGUAGES)} languages" in readme
        assert all(set(names) == set(NAMES) for names in LANGUAGES.values())

    def test_no_name_stands_for_two_things(self) -> None:
        counts = Counter(name for names in NAMES.values() for name in names)
        assert [name for name, n in counts.items() if n > 1] == []

    @pytest.mark.parametrize(
        "labels",
        [
            "Category Promotions,Category Updates,Category Social,Category Forums,Category Personal",
            "Catégorie\u00a0: Promotions,Catégorie\u00a0: Réseaux sociaux",
            "Kategorie: Werbung,Kategorie: Soziale Netzwerke",
            "カテゴリ「プロモーション」,重要,開封済み",
            "Kategoria: Oferty,Ważne,Otwarte",
            "Important,Starred,Opened,Unread,Archived,All Mail,Snoozed",
        ],
    )
    def test_tabs_and_marks_say_nothing(self, labels: str) -> None:
        assert read_population({}, labels.split(",")) == "received"
        assert read_population({}, [*labels.split(","), "Sent"]) == "sent"

    @pytest.mark.parametrize(
        ("folders", "population"),
        [
            ("INBOX|Sent", "sent"),
            ("Sent|Inbox", "received"),
            ("INBOX|Trips", "received"),
            ("Trash|Inbox", "trash"),
            ("Junk|Trips|Sent", "spam"),
            ("Sent|2019|seen", "sent"),
            ("INBOX|seen|draft", "draft"),
            ("Home|Spam recipes", "received"),
        ],
    )
    def test_of_folders_the_innermost_counts_but_all_below_trash_and_spam_is_that(
        self, folders: str, population: Population
    ) -> None:
        assert read_population({}, folders=folders.split("|")) == population

    @pytest.mark.parametrize(
        ("label", "population"),
        [
            ("[Gmail]/Spam", "spam"),
            ("[Google Mail]/Papierkorb", "trash"),
            ("INBOX.Trash", "trash"),
            (".Junk", "spam"),
            ("INBOX.Old.Sent", "sent"),
            ("sent-mail", "sent"),
            ("Deleted_Items", "trash"),
            ("postponed-msgs", "draft"),
            ("Inbox", "received"),
            ("Dr. Spam", "received"),
            ("Spam recipes", "received"),
        ],
    )
    def test_folders_above_are_looked_past(self, label: str, population: Population) -> None:
        assert read_population({}, [label]) == population

    @pytest.mark.parametrize(
        ("folder", "population"),
        [
            ("[Gmail].Sent Mail", "sent"),
            ("[Google Mail].Entw\u00fcrfe", "draft"),
            ("[Gmail]_Spam", "spam"),
            ("[Imap].Trash", "trash"),
            ("INBOX_Drafts", "draft"),
            ("Old.Deleted Items", "trash"),
            ("jane@example.org.Sent", "sent"),
            ("jane.INBOX.Drafts", "draft"),
            ("INBOX.Trash.Sent", "trash"),
            ("INBOX.Drafts.2021", "draft"),
            ("INBOX.Tea", "received"),
            ("Junk.2021", "spam"),
            ("Junk.recipes", "received"),
            ("lists.spam-club", "received"),
            ("[Tea] Spam", "received"),
        ],
    )
    def test_dots_between_folders_are_understood(self, folder: str, population: Population) -> None:
        assert read_population({}, folders=["Mail", folder]) == population

    def test_a_folder_below_the_inbox_does_not_say_that_its_mail_was_received(self) -> None:
        assert read_population({}, ["INBOX.Tea", "Sent"]) == "sent"

    @pytest.mark.parametrize(
        ("name", "population"),
        [
            ("Spam-2", "spam"),
            ("Drafts (3)", "draft"),
            ("Sent Items_004", "sent"),
            ("Papierkorb-2021", "trash"),
            ("Sent 2021-05-03", "sent"),
            ("sent-mail-jun-2021", "sent"),
            ("sent-mail-nov2021", "sent"),
            ("Junk reports 2021", "received"),
            ("Sent to Jan 2021", "received"),
            ("Spam2", "received"),
        ],
    )
    def test_numbers_and_dates_at_the_end_are_left_out(self, name: str, population: Population) -> None:
        assert read_population({}, folders=[name]) == population

    @pytest.mark.parametrize(
        ("name", "population"),
        [
            ("Geloeschte Objekte", "trash"),
            ("Geloschte Objekte", "trash"),
            ("Entwurfe", "draft"),
            ("Boite d'envoi", "sent"),
            ("Messages supprimes", "trash"),
            ("Wyslane", "sent"),
            ("Odstranene polozky", "trash"),
            ("Lahetetyt", "sent"),
            ("sentitems", "sent"),
            ("JunkEmail", "spam"),
            ("Cop", "received"),
            ("Kos", "received"),
        ],
    )
    def test_accents_and_spaces_may_be_left_out(self, name: str, population: Population) -> None:
        assert read_population({}, folders=[name]) == population

    def test_trash_says_more_than_spam_and_spam_more_than_inbox(self) -> None:
        assert read_population({}, ["Inbox", "Spam", "Trash"]) == "trash"
        assert read_population({}, ["Inbox", "Spam"]) == "spam"

    def test_mail_to_oneself_was_received(self) -> None:
        assert read_population({}, ["Sent", "Inbox"]) == "received"
        assert read_population({}, ["Sent", "Important"]) == "sent"

    @pytest.mark.parametrize(
        ("name", "value", "population"),
        [
            ("x-mozilla-status", "0008", "trash"),
            ("x-mozilla-status", "0009", "trash"),
            ("x-mozilla-status", "0001", "received"),
            ("x-mozilla-status", "zzzz", "received"),
            ("x-spam-flag", "YES", "spam"),
            ("x-spam-flag", "NO", "received"),
            ("x-spam-status", "Yes, score=9.1", "spam"),
            ("x-spam-status", "No, score=-1", "received"),
            ("x-mozilla-draft-info", "internal/draft; vcard=0", "draft"),
            ("x-unsent", "1", "draft"),
            ("x-unsent", "0", "received"),
        ],
    )
    def test_flags_and_filters_are_heard_where_labels_are_silent(
        self, name: str, value: str, population: Population
    ) -> None:
        assert read_population({name: [value]}, []) == population

    def test_labels_are_heard_before_them(self) -> None:
        assert read_population({"x-spam-flag": ["YES"]}, ["Trash"]) == "trash"


@pytest.mark.parametrize(
    ("copies", "population"),
    [
        ("received All Mail|received Trips", "received"),
        ("received All Mail|spam Spam", "spam"),
        ("spam Spam|trash Trash", "trash"),
        ("sent Sent|sent Sent Items", "sent"),
        ("sent Sent|received INBOX", "received"),
        ("received Posteingang|sent Gesendet|received All Mail", "received"),
        ("received [Gmail]/All Mail|sent [Gmail]/Sent Mail", "sent"),
        ("sent Sent|received Tea club", "sent"),
        ("received |sent ", "sent"),
    ],
)
def test_copies_of_one_message_say_together_what_it_is(copies: str, population: Population) -> None:
    pairs = [copy.split(" ", 1) for copy in copies.split("|")]
    assert merge_populations((said, [label]) for said, label in pairs) == population


def test_a_copy_in_a_sent_folder_below_the_inbox_is_not_in_the_inbox() -> None:
    assert merge_populations([("sent", ["INBOX", "Sent"]), ("received", ["Tea club"])]) == "sent"
