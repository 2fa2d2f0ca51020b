"""Pages: which data keys of a task hold its pictures, films and sounds, what each is called, how large it was shown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...schemas.box import upright_size
from ..json_pointer import step
from ..pictures.fault import PictureFault
from ..pictures.film import frame_size
from ..pictures.find import Pictures
from .label_studio_addresses import CLOUDS, choose_name
from .label_studio_config import Labelling
from .label_studio_regions import TIMED, implied_shape
from .label_studio_shapes import Entry, Task
from .label_studio_times import duration, frame_rate

_PICTURE = re.compile(r"\.(jpe?g|png|webp|bmp|gif|tiff?|jfif|avif|jp2)$", re.IGNORECASE)
_FILM = re.compile(r"\.(mp4|m4v|mov|webm|mkv|avi|ogv|mpe?g)$", re.IGNORECASE)
_SOUND = re.compile(r"\.(wav|mp3|flac|ogg|oga|opus|m4a|aac|wma)$", re.IGNORECASE)
_OTHER = re.compile(r"\.(pdf|html?|txt|csv|json)$", re.IGNORECASE)
_SERVER = ("/data/local-files", "/data/upload/", "fileuri=")
_USUAL = ("image", "img", "picture", "photo", "images", "pages", "ocr", "$undefined$", "url")
_USUAL_FILM, _USUAL_SOUND = ("video", "film", "clip"), ("audio", "sound", "speech", "recording")
_TRAILING = re.compile(r"(\d+)$")


@dataclass(slots=True)
class Page:
    """One picture, film or sound of a task, by its `kind`. `size` is in pixels as shown, None while unknown.

    `duration` is in seconds, `rate` the frames a second by which a film's frames are numbered; None where unknown.

    `media` is its place among the record's pictures, None when it cannot be used; then `fault` says why.
    """

    key: str
    index: int
    at: str
    address: object
    name: str = ""
    fault: PictureFault | None = None
    size: tuple[int, int] | None = None
    media: int | None = None
    kind: str = "image"
    duration: float | None = None
    rate: float | None = None


@dataclass(slots=True)
class Pages:
    """The pictures of a task in order, and which of them an entry is about."""

    pages: list[Page]
    labelling: Labelling
    minimal: bool = False
    spans: set[str] = field(default_factory=set[str])
    data: dict[str, Any] = field(default_factory=dict[str, Any])

    def of(self, entry: Entry) -> Page | None:
        """The page an entry stands on; None when there is no such page, or the export does not say which."""
        key = self.labelling.picture_key(entry.target) or entry.target
        own = [page for page in self.pages if page.key == key]
        if not own and self.pages:
            own = [page for page in self.pages if page.key == self.pages[0].key]
        if entry.page is not None:
            return own[entry.page] if 0 <= entry.page < len(own) else None
        if len(own) > 1 and (number := _TRAILING.search(entry.target)):
            index = int(number[1][-9:])  # a <Repeater> numbers its tags instead of giving item_index
            return own[index] if index < len(own) else None
        return None if self.minimal and len(own) > 1 else next(iter(own), None)

    def heard(self, entry: Entry) -> Page | None:
        """The film or sound in which an entry with a time is; None for a span of text."""
        target = entry.target
        if target in self.labelling.others or (target in self.data and not any(p.key == target for p in self.pages)):
            return None
        page = self.of(entry)
        if page is not None and page.kind == "image":
            page = next((each for each in self.pages if each.kind != "image"), None)
        return page

    def about_picture(self, entry: Entry, data: dict[str, Any]) -> bool:
        """Whether an answer without a place is about the picture, not about a text or dialogue beside it."""
        target = entry.target
        if self.labelling.picture_key(target) is not None:
            return True
        if any(page.key == target and page.kind != "image" for page in self.pages):
            return True
        if target in self.labelling.others or target in self.spans:
            return False
        return target not in data or any(page.key == target for page in self.pages)


def addresses(data: dict[str, Any], key: str) -> list[object]:
    """The addresses under a data key: one, a list of them, or a list of objects that hold one each."""
    given = data.get(key)
    return [_address(each) for each in given] if isinstance(given, list) else [_address(given)]


def _address(given: object) -> object:
    if isinstance(given, dict):
        return next((given[key] for key in ("url", "image", "src", "path") if key in given), given)
    return given


def picture_keys(task: Task, labelling: Labelling) -> list[str]:
    """The data keys of pictures, films and sounds: those of the configuration's tags; without one, by their look.

    By look: the key a region's control stands over, else the usual names, else whatever looks most like a picture.
    """
    named = [_held(key, task.data) for key in labelling.pictures.values()]
    if found := list(dict.fromkeys(key for key in named if key is not None)):
        return found
    targets = dict.fromkeys(entry.target for entry in _all_entries(task) if implied_shape(entry))
    ranks = {key: _rank(task.data, key) for key in task.data}
    over = [key for key in targets if ranks.get(key, 0) > 0]
    if over:
        return over
    ranked = sorted((key for key in ranks if ranks[key] > 1), key=lambda key: -ranks[key])
    return ranked[:1]


def _held(key: str, data: dict[str, Any]) -> str | None:
    return next((each for each in (key, key.partition(".")[0]) if each in data), None)


def _rank(data: dict[str, Any], key: str) -> int:
    """How much a value looks like the address of a picture, film or sound: 0 not at all, 1 some text, up to 5."""
    given = [each for each in addresses(data, key) if isinstance(each, str) and each]
    if not given:
        return 0
    first = given[0]
    plain = re.split("[?#]", first)[0]
    usual = key.lower() in (*_USUAL, *_USUAL_FILM, *_USUAL_SOUND)
    shown = any(look.search(each) for look in (_PICTURE, _FILM, _SOUND) for each in (plain, first))
    if shown or first[:11].lower() == "data:image/":
        return 5 if usual else 4
    if _OTHER.search(plain):
        return 1
    if usual:
        return 3
    remote = first.startswith((*CLOUDS, "http://", "https://")) and not re.search(r"\s", first)
    return 2 if remote or any(route in first for route in _SERVER) else 1


def _kind(key: str, address: object, labelling: Labelling) -> str:
    """Image, video or audio: as the configuration says, else by the address's ending, else by the key's name."""
    if told := labelling.kinds.get(key):
        return told
    plain = re.split("[?#]", address)[0] if isinstance(address, str) else ""
    for kind, look, names in (("video", _FILM, _USUAL_FILM), ("audio", _SOUND, _USUAL_SOUND)):
        named = key.lower() in names and not _PICTURE.search(plain)
        if look.search(plain) or (isinstance(address, str) and look.search(address)) or named:
            return kind
    return "image"


def find_pages(task: Task, labelling: Labelling, rules: Sequence[tuple[str, str]], pictures: Pictures) -> Pages:
    """The pages of a task, named and with the sizes that its entries declare."""
    pages: list[Page] = []
    for key in picture_keys(task, labelling):
        given = addresses(task.data, key)
        at, several = task.data_at + step(key), isinstance(task.data[key], list)
        for index, address in enumerate(given):
            page = Page(key, index, f"{at}/{index}" if several else at, address, kind=_kind(key, address, labelling))
            page.rate = labelling.frame_rates.get(key)
            pages.append(_named(page, rules, pictures))
    for media, page in enumerate(page for page in pages if page.fault is None):
        page.media = media
    found = Pages(pages, labelling, task.minimal, _spans(task), task.data)
    for entry in _all_entries(task):
        shown = found.of(entry) if entry.size else None
        if shown is not None and shown.size is None:
            shown.size = entry.size
    if any(page.kind != "image" for page in pages):
        _time(found, task)
    return found


def plain_page(
    data: dict[str, Any], target: str, labelling: Labelling, rules: Sequence[tuple[str, str]], pictures: Pictures
) -> str | None:
    """The name of the only picture of a plain task, whose result stands over `target`; None where it has others.

    As `find_pages` would have it; a task with a list in its data may have pages or a dialogue.
    """
    key = labelling.picture_key(target) or target
    address = data.get(key)
    if not isinstance(address, str) or not address.strip() or any(isinstance(each, list) for each in data.values()):
        return None
    if labelling.pictures and [_held(each, data) for each in labelling.pictures.values()] != [key]:
        return None
    if _kind(key, address, labelling) != "image":
        return None
    page = _named(Page(key, 0, "", address), rules, pictures)
    return page.name if page.fault is None else None


def _time(pages: Pages, task: Task) -> None:
    """What the entries say of the duration and the frames of films and sounds."""
    about: dict[int, list[Entry]] = {}
    for entry in _all_entries(task):
        page = pages.heard(entry) if implied_shape(entry) in TIMED else None
        if page is not None:
            about.setdefault(pages.pages.index(page), []).append(entry)
    for number, told in about.items():
        page = pages.pages[number]
        page.duration = next((seconds for each in told if (seconds := duration(each)) is not None), None)
        page.rate = page.rate or frame_rate(told)


def _named(page: Page, rules: Sequence[tuple[str, str]], pictures: Pictures) -> Page:
    address = page.address
    if not isinstance(address, str) or not address.strip():
        page.fault = PictureFault("AN004", _brief(address), "the picture's address is no text")
        return page
    try:
        page.name = choose_name(address.strip(), rules, pictures)
    except PictureFault as fault:
        page.fault = fault
    return page


def _brief(given: object) -> object:
    return given if given is None or isinstance(given, (bool, int, float)) else type(given).__name__


def measure(page: Page, pictures: Pictures) -> tuple[int, int] | None:
    """The size of a page in pixels as shown: as declared, else as the picture's own header says, else None."""
    if page.size is None and page.kind == "video" and pictures.check and page.name:
        try:
            page.size = frame_size(pictures.find(page.name))
        except (PictureFault, OSError, ValueError):
            return None
    elif page.size is None and page.kind == "image" and pictures.check and page.name:
        try:
            facts = pictures.facts(pictures.find(page.name))
        except (PictureFault, OSError, ValueError):
            return None
        page.size = upright_size(facts.orientation, facts.width, facts.height)
    return page.size


def _all_entries(task: Task) -> Iterator[Entry]:
    return (entry for submission in task.submissions for entry in submission.result)


def _spans(task: Task) -> set[str]:
    """Names of the tags under spans of text and under chats: no pictures."""
    entries: Iterable[Entry] = _all_entries(task)
    return {
        entry.target
        for entry in entries
        if entry.target and (("start" in entry.value and implied_shape(entry) != "span") or "chatmessage" in entry.kind)
    }
