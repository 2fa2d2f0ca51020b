"""The report: one self-contained HTML page about an OUT, with boxes read back from its rows.

Every word that comes from data is escaped, and the page forbids itself everything but its own style and pictures.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from ...schemas.rule import RULES
from .atomic import write_whole
from .cards import Chosen, choose
from .figure import card_html
from .out import Count, Manifest, Remark, Remarks, Split, left_out, read_manifest, remarks
from .picture import colours

SHOWN = 20
LABELS_SHOWN = 40
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(out: Path, page: Path, pictures: int = 24) -> Path:
    """Write a page about the finished conversion `out` to `page`, whole or not at all; returns `page`.

    Shows the accounting, the splits, how many boxes stand under which words, what was left out (the first 20 of a
    rule), and about `pictures` pictures with their boxes and conversations. Raises `InputError` where `out` is no
    finished conversion, `OutputError` where `page` cannot be written.
    """
    manifest = read_manifest(out)
    target = manifest.target()
    chosen = choose(out, manifest, target, pictures)
    palette = colours([label for label, _ in chosen.labels.most_common()])
    root = str(manifest.options.get("image_root") or "")
    body = [
        _head(out, manifest, target.NAME, chosen),
        '<div class="panels">',
        '<div class="column">',
        _accounting(manifest.accounting),
        _splits(manifest.splits),
        _left_out(manifest, left_out(out, SHOWN)),
        _remarks(remarks(out)),
        "</div>",
        _labels(chosen, palette),
        "</div>",
        "<h2>Pictures, with the boxes that the emitted rows say</h2>",
        '<div class="cards">',
        *(card_html(card, target, out, root, palette) for card in chosen.cards),
        "</div>",
    ]
    return write_whole(page, lambda file: file.write(_document(out, body).encode()))


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a page of ours."""
    return head.startswith(b"<!doctype html>") and b": mmdata report</title>" in head


def _document(out: Path, body: Iterable[str]) -> str:
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(out.name)}: mmdata report</title>',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{style}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _head(out: Path, manifest: Manifest, target: str, chosen: Chosen) -> str:
    samples = sum(split.samples for split in manifest.splits.values())
    facts = f"{samples:,} samples for {escape(target)}, {chosen.boxes:,} boxes in them"
    version = manifest.versions.get("mmdata")
    by = f", written by mmdata {escape(str(version))}" if version else ""
    return f'<h1>{escape(out.resolve().name)}</h1><p class="lead quiet">{facts}{by}.</p>'


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    head = "".join(heads)
    return f"<table><tr>{head}</tr>{''.join('<tr>' + ''.join(line) + '</tr>' for line in lines)}</table>"


def _number(value: int) -> str:
    return f'<td class="n">{value:,}</td>'


def _accounting(accounting: dict[str, Count]) -> str:
    heads = ("<th></th>", *(f'<th class="n">{word}</th>' for word in ("read", "written", "left out")))
    lines = [
        (f"<td>{escape(kind)}</td>", _number(count.read), _number(count.written), _number(sum(count.rejected.values())))
        for kind, count in accounting.items()
    ]
    return f'<section class="panel"><h2>Accounting</h2>{_table(heads, lines)}</section>'


def _splits(splits: dict[str, Split]) -> str:
    heads = ("<th>split</th>", *(f'<th class="n">{word}</th>' for word in ("samples", "files", "bytes")))
    lines = [
        (
            f"<td>{escape(name)}</td>",
            _number(split.samples),
            _number(len(split.shards)),
            _number(sum(shard.bytes for shard in split.shards)),
        )
        for name, split in splits.items()
    ]
    return f'<section class="panel"><h2>Splits</h2>{_table(heads, lines)}</section>'


def _labels(chosen: Chosen, palette: dict[str, str]) -> str:
    most = chosen.labels.most_common(LABELS_SHOWN)
    top = max((count for _, count in most), default=1)
    lines = [
        (
            f"<td>{_swatch(palette[label])}{escape(label)}</td>",
            f'<td class="bar"><meter max="{top}" value="{count}"></meter></td>',
            _number(count),
        )
        for label, count in most
    ]
    rest = len(chosen.labels) - len(most)
    more = f'<p class="quiet">and {rest:,} more</p>' if rest > 0 else ""
    heads = ("<th>words</th>", "<th></th>", '<th class="n">boxes</th>')
    return f'<section class="panel"><h2>Boxes by the words before them</h2>{_table(heads, lines)}{more}</section>'


def _swatch(colour: str) -> str:
    square = f'<rect width="12" height="12" rx="3" fill="{colour}"/>'
    return f'<svg class="swatch" width="12" height="12" aria-hidden="true">{square}</svg>'


def _left_out(manifest: Manifest, kept: dict[str, list[Remark]]) -> str:
    totals: Counter[str] = Counter()
    for count in manifest.accounting.values():
        totals.update(count.rejected)
    return _rules("Left out", totals, kept)


def _remarks(said: Remarks) -> str:
    kept: dict[str, list[Remark]] = {}
    for remark in said.findings:
        kept.setdefault(remark.code, []).append(remark)
    return _rules("Kept, with a remark", said.counts, kept) if said.counts else ""


def _rules(title: str, totals: Mapping[str, int], kept: dict[str, list[Remark]]) -> str:
    if not totals:
        return f'<section class="panel"><h2>{title}</h2><p class="quiet">Nothing.</p></section>'
    sections = [_rule_section(code, totals[code], kept.get(code, [])[:SHOWN]) for code in sorted(totals)]
    return f'<section class="panel"><h2>{title}</h2>{"".join(sections)}</section>'


def _rule_section(code: str, total: int, entries: list[Remark]) -> str:
    known = RULES.get(code)
    name = entries[0].name if entries else (known.name if known else "")
    remedy = (entries[0].remedy if entries else "") or (known.remedy if known else "")
    lines = [
        (f"<td><code>{escape(entry.file)} {escape(entry.at)}</code></td>", f"<td>{escape(entry.message)}</td>")
        for entry in entries
    ]
    shown = f'<p class="quiet">The first {len(entries)} of {total:,}.</p>' if total > len(entries) else ""
    summary = f"<summary><b>{escape(code)}</b> {escape(name)}: {total:,}</summary>"
    table = _table(("<th>place</th>", "<th>what is said</th>"), lines)
    return f'<details>{summary}<p class="quiet">{escape(remedy)}</p>{table}{shown}</details>'
