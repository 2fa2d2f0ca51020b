"""What a file that is no picture looks like, so that the message can name it."""

_STARTS = (
    (b"8BPS", "a Photoshop document (PSD)"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SIMPLE  =", "a FITS file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM film"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "MP3 sound"),
    (b"fLaC", "FLAC sound"),
    (b"v\x2f\x31\x01", "an OpenEXR picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)
_BRANDS = {  # ISO base media files by their major brand
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"mif1": "a HEIF picture",
    b"msf1": "a HEIF picture",
    b"qt  ": "a QuickTime film",
}


def looks_like(start: bytes) -> str:
    """In a few words what the first bytes of a file are of: "an HTML page"; "none that mmdata knows" at the end."""
    for magic, name in _STARTS:
        if start.startswith(magic):
            return name
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "an MP4 film or the like")
    if start[:4] == b"RIFF":
        return "a film or sound in RIFF"
    return _text(start)


def _text(start: bytes) -> str:
    text = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start.strip(b"\0"):
        return "nothing but zero bytes"
    if b"<svg" in text:
        return "an SVG drawing"
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text:
        return "an HTML page"
    if text.startswith(b"<"):
        return "XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "a text file" if _printable(start[:1024]) else "no format that mmdata knows"


def _printable(start: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in start)
