"""Reading a stranger's file: a program of its own, ended when it takes too much.

Standard input: the file. Arguments: kind, limits. Exit 0: standard output is what to keep, a PDF as it came, a
picture drawn anew, turned upright and without what it said of camera and place. Exit 3: standard output is the
refusal. Stands alone: it imports nothing of ours, so that a fault in a parser reaches nothing of ours.
"""

import io
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

JPEG_QUALITY = 88
OBJECTS_MAX = 500_000
#: What runs, sends or carries something: by key, and by what an action or an annotation says it is.
ACTIVE_KEYS = {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/XFA"}
ACTIVE_ACTIONS = {
    *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR"),
    *("/Rendition", "/Movie", "/Sound", "/GoTo3DView", "/RichMediaExecute"),
}
ACTIVE_SUBTYPES = {"/FileAttachment", "/RichMedia", "/3D", "/Movie", "/Screen", "/Sound"}


class Refused(Exception):
    """Why the file is not kept, by the word of `rules.proofs`."""


def main() -> int:
    """Read, judge, write."""
    kind, seconds, space_bytes, *limits = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(space_bytes), int(space_bytes)))
    content = sys.stdin.buffer.read()
    pixels_max, side_max_px, pages_max = map(int, limits)
    try:
        if kind == "pdf":
            _check_pdf(content, pages_max)
        else:
            content = _redrawn(content, kind, pixels_max, side_max_px)
    except Refused as refusal:
        sys.stdout.write(str(refusal))
        return 3
    except Exception:  # noqa: BLE001 -- parsers raise whatever they like at a broken file
        sys.stdout.write("unreadable")
        return 3
    sys.stdout.buffer.write(content)
    return 0


def _redrawn(content: bytes, kind: str, pixels_max: int, side_max_px: int) -> bytes:
    from PIL import Image, ImageOps  # noqa: PLC0415 -- each run needs one of the parsers, and loads but one

    name = {"jpg": "JPEG", "png": "PNG"}[kind]
    Image.MAX_IMAGE_PIXELS = None  # ours is asked below, before anything is decoded
    with Image.open(io.BytesIO(content), formats=[name]) as picture:
        if picture.width * picture.height > pixels_max:
            raise Refused("too_many_pixels")
        picture.draft("RGB", (side_max_px, side_max_px))
        picture.thumbnail((side_max_px, side_max_px))
        upright = ImageOps.exif_transpose(picture)
        has_alpha = name == "PNG" and (upright.mode in {"LA", "PA", "RGBA"} or "transparency" in upright.info)
        plain = upright.convert("RGBA" if has_alpha else "L" if upright.mode in {"1", "L", "I;16"} else "RGB")
    # A picture of its own: what the first said beside its pixels stays behind.
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    written = io.BytesIO()
    clean.save(written, name, **({"quality": JPEG_QUALITY} if name == "JPEG" else {"optimize": False}))
    return written.getvalue()


def _check_pdf(content: bytes, pages_max: int) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 -- as above

    reader = PdfFileReader(io.BytesIO(content), strict=False)
    if reader.encrypted:
        raise Refused("encrypted")
    for row in _dictionaries(reader):
        names = {str(key) for key in row}
        action, subtype = (str(dict.get(row, key)) for key in ("/S", "/Subtype"))
        if names & ACTIVE_KEYS or action in ACTIVE_ACTIONS or subtype in ACTIVE_SUBTYPES:
            raise Refused("active")
    count = _pages(reader)
    if not count:
        raise Refused("unreadable")
    if count > pages_max:
        raise Refused("too_many_pages")


def _dictionaries(reader: "PdfFileReader") -> Iterator[dict[str, Any]]:
    """Yield every dictionary that the file's end leads to, each once; a file of too many objects is not read."""
    from pyhanko.pdf_utils.generic import IndirectObject  # noqa: PLC0415 -- as above

    waiting: list[Any] = [reader.trailer.flatten()]
    seen: set[tuple[int, int]] = set()
    looked_at = 0
    while waiting:
        item = waiting.pop()
        looked_at += 1
        if looked_at > OBJECTS_MAX:
            raise Refused("unreadable")
        if isinstance(item, IndirectObject):
            key = (item.idnum, item.generation)
            if key not in seen:
                seen.add(key)
                waiting.append(reader.get_object(item.reference))
        elif isinstance(item, dict):
            yield item
            waiting.extend(dict.values(item))
        elif isinstance(item, list):
            waiting.extend(item)


def _pages(reader: "PdfFileReader") -> int:
    """Count the pages there are, whatever the file says they are."""
    count, waiting = 0, [reader.root.raw_get("/Pages")]
    seen: set[tuple[int, int]] = set()
    while waiting:
        node = waiting.pop()
        if (node.idnum, node.generation) in seen:
            raise Refused("unreadable")
        seen.add((node.idnum, node.generation))
        row = node.get_object()
        if "/Kids" in row:
            waiting.extend(row["/Kids"])
        else:
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
