"""The names of mail folders and labels, in the languages of Gmail, Outlook, Apple Mail, Thunderbird and others.

Gmail writes its labels into an export in the language of the account, and most servers name folders in the language
of whoever set them up. One entry a language; names as the clients write them, parted by ``|``. A name stands for a
folder only as a whole: ``Spam recipes`` is a label of somebody's own. What says nothing of whose doing a message is
(the tabs of Gmail's inbox, Important, Starred, Opened, Archived, All Mail) is left out on purpose.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal

__all__ = ["LANGUAGES", "Population", "folded"]

Population = Literal["received", "spam", "trash", "sent", "draft", "chat"]

LANGUAGES: Mapping[str, Mapping[Population, str]] = {
    "ar": {
        "received": "البريد الوارد|صندوق الوارد|الوارد|علبة الوارد",
        "sent": "المرسل|البريد المرسل|المرسلة|العناصر المرسلة|الرسائل المرسلة|بريد مرسل",
        "draft": "المسودات|مسودات|مسودة",
        "spam": "غير مرغوب فيه|البريد غير الهام|رسائل غير مرغوب فيها|الرسائل غير المرغوب فيها|بريد غير هام",
        "trash": "المهملات|سلة المهملات|العناصر المحذوفة|المحذوفات|الرسائل المحذوفة",
        "chat": "دردشة|الدردشات|محادثات",
    },
    "bg": {
        "received": "Входящи|Входяща поща",
        "sent": "Изпратени|Изпратена поща|Изпратени писма",
        "draft": "Чернови|Чернова",
        "spam": "Спам|Нежелана поща",
        "trash": "Кошче|Изтрити|Изтрити елементи",
        "chat": "Чат|Чатове",
    },
    "ca": {
        "received": "Safata d'entrada|Rebuts",
        "sent": "Enviats|Correu enviat|Elements enviats",
        "draft": "Esborranys|Esborrany",
        "spam": "Correu brossa|Brossa",
        "trash": "Paperera|Elements suprimits",
        "chat": "Xat|Xats",
    },
    "cs": {
        "received": "Doručená pošta|Doručené|Příchozí pošta",
        "sent": "Odeslaná pošta|Odeslané|Odeslaná|Odeslané zprávy",
        "draft": "Koncepty|Rozepsané|Rozepsaná pošta",
        "spam": "Spam|Nevyžádaná pošta|Nevyžádané",
        "trash": "Koš|Odstraněná pošta|Odstraněné položky|Odstraněné|Smazané",
        "chat": "Chat|Chaty",
    },
    "da": {
        "received": "Indbakke|Indbakken",
        "sent": "Sendt|Sendte|Sendt post|Sendte mails|Sendte beskeder|Sendte elementer",
        "draft": "Kladder|Kladde|Udkast",
        "spam": "Spam|Uønsket post|Uønsket mail|Uønsket e-mail",
        "trash": "Papirkurv|Papirkurven|Slettet post|Slettet|Slettede elementer|Slettede beskeder",
        "chat": "Chat|Chats|Chatsamtaler",
    },
    "de": {
        "received": "Posteingang",
        "sent": "Gesendet|Gesendete|Gesendete Elemente|Gesendete Objekte|Gesendete Nachrichten|Gesendete E-Mails|"
        "Postausgang",
        "draft": "Entwürfe|Entwurf",
        "spam": "Spam|Spamverdacht|Junk-E-Mail|Unerwünscht|Unerwünschte Werbung",
        "trash": "Papierkorb|Gelöscht|Gelöschte Elemente|Gelöschte Objekte|Gelöschte Nachrichten",
        "chat": "Chat|Chats",
    },
    "el": {
        "received": "Εισερχόμενα|Γραμματοκιβώτιο",
        "sent": "Απεσταλμένα|Σταλμένα|Απεσταλμένη αλληλογραφία|Απεσταλμένα μηνύματα",
        "draft": "Πρόχειρα|Πρόχειρο",
        "spam": "Ανεπιθύμητα|Ανεπιθύμητη αλληλογραφία",
        "trash": "Κάδος απορριμμάτων|Κάδος|Κάδος ανακύκλωσης|Διαγραμμένα|Διαγραμμένα στοιχεία",
        "chat": "Συνομιλία|Συνομιλίες|Συζητήσεις",
    },
    "en": {
        "received": "Inbox",
        "sent": "Sent|All Sent|Sent Mail|Sent Items|Sent Messages|Sent Email|Outbox",
        "draft": "Draft|Drafts|Draft Messages|Unsent Messages|All Drafts",
        "spam": "Spam|Junk|Junk E-mail|Junk Email|Junk Mail|Bulk Mail|Bulk",
        "trash": "Trash|Bin|Deleted|Deleted Items|Deleted Messages|Rubbish|Wastebasket",
        "chat": "Chat|Chats|Hangouts",
    },
    "es": {
        "received": "Recibidos|Bandeja de entrada|Buzón de entrada",
        "sent": "Enviados|Enviado|Elementos enviados|Mensajes enviados|Correo enviado|Bandeja de salida",
        "draft": "Borradores|Borrador",
        "spam": "Spam|Correo no deseado|No deseado|Correo basura",
        "trash": "Papelera|Papelera de reciclaje|Elementos eliminados|Eliminados|Mensajes eliminados|"
        "Elementos borrados|Basura",
        "chat": "Chat|Chats",
    },
    "fi": {
        "received": "Saapuneet|Postilaatikko|Saapuneet viestit",
        "sent": "Lähetetyt|Lähetetty|Lähetetyt viestit",
        "draft": "Luonnokset|Luonnos",
        "spam": "Roskaposti|Roskapostit",
        "trash": "Roskakori|Poistetut|Poistetut viestit",
        "chat": "Chat|Chatit|Keskustelut",
    },
    "fr": {
        "received": "Boîte de réception|Courrier entrant|Reçus",
        "sent": "Messages envoyés|Envoyés|Envoyé|Éléments envoyés|Courrier envoyé|Objets envoyés|Boîte d'envoi",
        "draft": "Brouillons|Brouillon",
        "spam": "Spam|Spams|Pourriel|Pourriels|Courrier indésirable|Courriers indésirables|Indésirable|Indésirables",
        "trash": "Corbeille|Éléments supprimés|Messages supprimés|Supprimés|Objets supprimés",
        "chat": "Chat|Chats|Clavardage",
    },
    "he": {
        "received": "דואר נכנס|תיבת דואר נכנס",
        "sent": "דואר יוצא|נשלח|נשלחו|פריטים שנשלחו|דואר שנשלח",
        "draft": "טיוטות|טיוטה",
        "spam": "ספאם|דואר זבל|דואר אלקטרוני זבל",
        "trash": "אשפה|פח אשפה|פריטים שנמחקו|נמחקו",
        "chat": "צ'אט|צ׳אט|צ'אטים",
    },
    "hi": {
        "received": "इनबॉक्स",
        "sent": "भेजा गया|भेजे गए|भेजी गई मेल|प्रेषित",
        "draft": "ड्राफ़्ट|ड्राफ्ट|प्रारूप",
        "spam": "स्पैम|जंक ईमेल",
        "trash": "ट्रैश|हटाए गए आइटम|कचरा",
        "chat": "चैट",
    },
    "hr": {
        "received": "Pristigla pošta|Ulazna pošta|Primljeno",
        "sent": "Poslano|Poslana pošta|Poslane stavke|Poslato",
        "draft": "Skice|Skica|Nacrti",
        "spam": "Spam|Neželjena pošta|Bezvrijedna pošta",
        "trash": "Otpad|Smeće|Izbrisano|Izbrisane stavke",
        "chat": "Chat|Chatovi|Čavrljanja",
    },
    "hu": {
        "received": "Beérkező levelek|Beérkezett üzenetek|Bejövő",
        "sent": "Elküldött|Elküldöttek|Elküldött elemek|Elküldött levelek|Elküldött üzenetek",
        "draft": "Piszkozatok|Piszkozat|Vázlatok",
        "spam": "Spam|Levélszemét",
        "trash": "Kuka|Lomtár|Törölt|Törölt elemek|Törölt üzenetek",
        "chat": "Csevegés|Csevegések|Chat",
    },
    "id": {
        "received": "Kotak Masuk",
        "sent": "Terkirim|Pesan Terkirim|Surat Terkirim|Item Terkirim",
        "draft": "Draf|Konsep",
        "spam": "Spam|Email Sampah|Surat Sampah",
        "trash": "Sampah|Tong Sampah|Kotak Sampah|Item Terhapus|Pesan Terhapus",
        "chat": "Chat|Obrolan",
    },
    "it": {
        "received": "Posta in arrivo|In arrivo",
        "sent": "Posta inviata|Inviati|Inviata|Inviato|Messaggi inviati|Elementi inviati|Posta in uscita",
        "draft": "Bozze|Bozza",
        "spam": "Spam|Posta indesiderata|Indesiderata|Spam e posta indesiderata",
        "trash": "Cestino|Posta eliminata|Eliminati|Messaggi eliminati|Elementi eliminati",
        "chat": "Chat",
    },
    "ja": {
        "received": "受信トレイ|受信箱|受信メール",
        "sent": "送信済み|送信済みメール|送信済みアイテム|送信済みトレイ|送信控え|送信トレイ",
        "draft": "下書き|下書きトレイ",
        "spam": "迷惑メール|スパム",
        "trash": "ゴミ箱|ごみ箱|削除済み|削除済みアイテム|削除済みメール",
        "chat": "チャット",
    },
    "ko": {
        "received": "받은편지함|받은 편지함|받은메일함",
        "sent": "보낸편지함|보낸 편지함|보낸메일함|보낸 메일|보낸 항목",
        "draft": "임시보관함|임시 보관함|임시보관 메일|초안",
        "spam": "스팸함|스팸|스팸메일함|정크 메일",
        "trash": "휴지통|지운 편지함|삭제된 항목|삭제된 메시지",
        "chat": "채팅",
    },
    "nb": {
        "received": "Innboks|Innboksen",
        "sent": "Sendt|Sendte|Sendte elementer|Sendt e-post|Sendte e-poster",
        "draft": "Utkast",
        "spam": "Spam|Søppelpost|Nettsøppel|Uønsket e-post",
        "trash": "Papirkurv|Papirkurven|Søppel|Søppelbøtte|Slettet|Slettede elementer",
        "chat": "Chat|Chatter|Nettprat",
    },
    "nl": {
        "received": "Postvak IN|Postvak-IN",
        "sent": "Verzonden|Verzonden berichten|Verzonden items|Verzonden e-mail|Verstuurd|Postvak UIT",
        "draft": "Concepten",
        "spam": "Spam|Ongewenste e-mail|Ongewenst|Ongewenste reclame",
        "trash": "Prullenbak|Verwijderde items|Verwijderd|Verwijderde berichten",
        "chat": "Chat|Chats",
    },
    "pl": {
        "received": "Odebrane|Skrzynka odbiorcza|Poczta przychodząca",
        "sent": "Wysłane|Elementy wysłane|Wiadomości wysłane|Poczta wysłana|Skrzynka nadawcza",
        "draft": "Wersje robocze|Wersja robocza|Kopie robocze|Robocze|Szkice",
        "spam": "Spam|Wiadomości-śmieci|Wiadomości śmieci|Niechciane|Niechciana poczta",
        "trash": "Kosz|Elementy usunięte|Usunięte|Wiadomości usunięte",
        "chat": "Czat|Czaty",
    },
    "pt": {
        "received": "Caixa de entrada|Caixa de correio|Recebidas|Recebidos|A receber",
        "sent": "Enviados|Enviadas|E-mails enviados|Itens enviados|Mensagens enviadas|Correio enviado|Enviado",
        "draft": "Rascunhos|Rascunho",
        "spam": "Spam|Lixo eletrônico|Lixo eletrónico|Correio não solicitado|E-mail de lixo|Não solicitado",
        "trash": "Lixeira|Lixo|Itens excluídos|Itens eliminados|Itens apagados|Mensagens excluídas|Reciclagem|"
        "Caixote do lixo|Excluídos|Excluídas",
        "chat": "Chat|Chats|Bate-papo|Bate-papos",
    },
    "ro": {
        "received": "Mesaje primite|Primite|Căsuță primire",
        "sent": "Mesaje trimise|Trimise|Elemente trimise|Expediate",
        "draft": "Mesaje nefinalizate|Schițe|Ciorne",
        "spam": "Spam|Mesaje nedorite|E-mail nedorit",
        "trash": "Coș de gunoi|Coșul de gunoi|Gunoi|Elemente șterse|Articole șterse",
        "chat": "Chat|Chaturi",
    },
    "ru": {
        "received": "Входящие",
        "sent": "Отправленные|Отправленное|Отправленные письма|Исходящие",
        "draft": "Черновики|Черновик",
        "spam": "Спам|Нежелательная почта",
        "trash": "Корзина|Удаленные|Удалённые|Удаленное",
        "chat": "Чат|Чаты",
    },
    "sk": {
        "received": "Doručená pošta|Doručené",
        "sent": "Odoslané|Odoslaná pošta|Odoslané správy",
        "draft": "Koncepty|Rozpísané",
        "spam": "Spam|Nevyžiadaná pošta|Nevyžiadané",
        "trash": "Kôš|Odstránené|Odstránená pošta|Vymazané správy",
        "chat": "Čet|Chat",
    },
    "sv": {
        "received": "Inkorg|Inkorgen",
        "sent": "Skickat|Skickade|Skickade objekt|Skickade meddelanden|Skickad post|Skickade mejl",
        "draft": "Utkast",
        "spam": "Skräppost|Skräp|Spam",
        "trash": "Papperskorg|Papperskorgen|Borttaget|Borttagna|Borttagna objekt|Borttagna meddelanden",
        "chat": "Chatt|Chattar|Chat",
    },
    "th": {
        "received": "กล่องจดหมาย|กล่องขาเข้า",
        "sent": "จดหมายที่ส่งแล้ว|จดหมายที่ส่ง|ส่งแล้ว|รายการที่ส่ง",
        "draft": "ร่างจดหมาย|ร่าง|ฉบับร่าง|แบบร่าง",
        "spam": "จดหมายขยะ|สแปม|อีเมลขยะ",
        "trash": "ถังขยะ|รายการที่ลบ",
        "chat": "แชท|แชต",
    },
    "tr": {
        "received": "Gelen Kutusu|Gelen",
        "sent": "Gönderilmiş Postalar|Gönderilmiş|Gönderilenler|Gönderilmiş Öğeler|Gönderildi",
        "draft": "Taslaklar|Taslak",
        "spam": "Spam|Önemsiz|Önemsiz E-posta|İstenmeyen|İstenmeyen E-posta",
        "trash": "Çöp Kutusu|Çöp|Silinmiş Öğeler|Silinmiş|Silinenler",
        "chat": "Sohbet|Sohbetler",
    },
    "uk": {
        "received": "Вхідні",
        "sent": "Надіслані|Надіслані повідомлення|Надіслані листи|Відправлені",
        "draft": "Чернетки|Чернетка",
        "spam": "Спам|Небажана пошта",
        "trash": "Кошик|Видалені|Видалене",
        "chat": "Чат|Чати",
    },
    "vi": {
        "received": "Hộp thư đến",
        "sent": "Thư đã gửi|Đã gửi|Mục đã gửi",
        "draft": "Thư nháp|Bản nháp|Nháp|Bản thảo",
        "spam": "Spam|Thư rác|Email rác",
        "trash": "Thùng rác|Mục đã xóa|Đã xóa",
        "chat": "Trò chuyện|Chat",
    },
    "zh-Hans": {
        "received": "收件箱|收件夹",
        "sent": "已发送|已发邮件|已发送邮件|已发送的邮件|已发信息",
        "draft": "草稿|草稿箱|草稿夹",
        "spam": "垃圾邮件|垃圾邮件箱",
        "trash": "已删除邮件|已删除|已删除的邮件|垃圾箱|废件箱|回收站",
        "chat": "聊天|聊天记录",
    },
    "zh-Hant": {
        "received": "收件匣|收件夾",
        "sent": "寄件備份|寄件備份匣|已傳送|已寄出郵件|已傳送郵件",
        "draft": "草稿|草稿匣",
        "spam": "垃圾郵件|垃圾電郵",
        "trash": "垃圾桶|刪除的郵件|已刪除的郵件|已刪除|已刪除項目",
        "chat": "即時通訊|聊天",
    },
}
"""What a folder holds, by language and by what stands for it."""


def folded(name: str) -> str:
    r"""Return a name as it is compared: macOS takes letters apart, French sets a hard space, some write half width.

    >>> folded("  Entwu\u0308rfe "), folded("送信済みﾒｰﾙ")
    ('entwürfe', '送信済みメール')
    """
    plain = unicodedata.normalize("NFKC", name).replace("\u2019", "'").casefold()
    return unicodedata.normalize("NFC", " ".join(plain.split()))
