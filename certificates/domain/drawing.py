"""Certificate facts → one-page PDF, without network. The only module that imports WeasyPrint.

Loading it takes 60 MB and half a second: ask for it by its dotted path from a worker, and let no
module that the web server loads at the start import it.
"""

import gc
import logging
import threading
import zlib
from functools import lru_cache
from itertools import combinations
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, NamedTuple

import pydyf
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from weasyprint.pdf import fonts as pdf_fonts
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from certificates.domain import fonts, sheet
from certificates.domain.fonts import CannotDraw

LARGEST = 150_000  # bytes
RENEW_AFTER = 5_000  # drawings, after which the renderer is built anew
VARIANT = "pdf/a-3a"
FACE_SCHEME = "face:"

# It warns of CSS it leaves out and of slow ways it takes; only what spoils a file is an error.
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


class DrawingFailed(RuntimeError):
    """The file drawn is not fit to hand out (pages, size, text missing or off the page)."""


def draw(facts: sheet.Facts) -> bytes:
    """The certificate as a PDF (PDF/A-3a and PDF/UA-1), from its frozen ``facts`` alone.

    The same facts give the same bytes on a machine with the same fonts.

    Raises CannotDraw where a character has no glyph, DrawingFailed where the page came out wrong,
    ValueError or KeyError where the facts are not of schema 1.
    """
    contents = sheet.contents(facts)
    html = render_to_string("certificates/pdf/certificate.html", {"sheet": contents})
    with _one_at_a_time:
        document, pdf = _renderer().pdf(
            html, paper=contents["paper"], colours=sheet.colours(contents["issuers"])
        )
    _check(document, pdf, contents)
    return pdf


class ClosedFetcher(URLFetcher):
    """Hands out our own font files and data: addresses, and stops the drawing for anything else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith(FACE_SCHEME):
            face = next(f for f in fonts.FACES if f.file == url.removeprefix(FACE_SCHEME))
            return URLFetcherResponse(url, face.path.read_bytes(), {"Content-Type": "font/ttf"})
        return super().fetch(url, headers)


class _Metadata(DocumentMetadata):
    """Also says PDF/UA-1; WeasyPrint names one standard a file."""

    def generate_rdf_metadata(self, variant: str, version: int, conformance: str) -> bytes:
        rdf: bytes = super().generate_rdf_metadata(variant, version, conformance)
        return rdf.replace(b"</rdf:RDF>", _UA_CLAIM + b"</rdf:RDF>")


class _Renderer:
    """What can be kept from one drawing to the next: fonts, parsed style sheets, the fetcher.

    A fresh font configuration for each file would cost half the time and leak 0.3 MB a time.
    """

    def __init__(self, font_dir: Path) -> None:
        self.font_dir = font_dir
        self.drawn = 0
        self._fetcher = ClosedFetcher()
        self._fonts = FontConfiguration()
        self._common = self._parse(_face_rules() + _source("certificate.css"))
        self._papers = {
            paper: self._parse(_source(f"paper_{paper}.css")) for paper in ("letter", "a4")
        }
        self._colours = lru_cache(maxsize=32)(self._parse)

    def pdf(self, html: str, *, paper: str, colours: str) -> tuple[weasyprint.Document, bytes]:
        """The document as laid out, and its bytes."""
        self.drawn += 1
        source = weasyprint.HTML(string=html, base_url="", url_fetcher=self._fetcher)
        document = source.render(
            font_config=self._fonts,
            stylesheets=[self._common, self._papers[paper], self._colours(colours)],
            pdf_variant=VARIANT,
        )
        document.metadata = _Metadata(**vars(document.metadata))
        pdf = document.write_pdf(pdf_variant=VARIANT, finisher=_finish, uncompressed_pdf=True)
        return document, pdf

    def _parse(self, css: str) -> weasyprint.CSS:
        return weasyprint.CSS(string=css, url_fetcher=self._fetcher, font_config=self._fonts)


_one_at_a_time = threading.Lock()
_warm: list[_Renderer] = []


def _renderer() -> _Renderer:
    """This process's renderer, built at its first drawing and again after RENEW_AFTER."""
    font_dir = Path(settings.FONT_DIR)
    if not _warm:
        # atexit does not run in a worker that multiprocessing started; this runs in both.
        Finalize(None, _put_away, exitpriority=0)
    if not _warm or _warm[0].drawn >= RENEW_AFTER or _warm[0].font_dir != font_dir:
        _use_uharfbuzz_where_needed()
        _warm[:] = [_Renderer(font_dir)]
    return _warm[0]


def _put_away() -> None:
    """Let go of the renderer, so that its temporary folder with our faces is removed."""
    _warm.clear()
    gc.collect()


def _face_rules() -> str:
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
        f'src:url("{FACE_SCHEME}{face.file}")}}\n'
        for face in fonts.present()
    )


def _source(name: str) -> str:
    return render_to_string(f"certificates/pdf/{name}")


def _finish(_document: weasyprint.Document, pdf: Any) -> None:
    """Compress each stream here and once: writing would do it twice, to make the file's id.

    The metadata stay readable without unpacking, as strict readers want them.
    """
    for stream in pdf.objects:
        if not isinstance(stream, pydyf.Stream) or stream.extra.get("Type") == "/Metadata":
            continue
        content = stream.data.split(b"\nstream\n", 1)[1].removesuffix(b"\nendstream")
        padded, packed = pack(content)
        if "Length1" in stream.extra:  # the unpacked size of a font
            stream.extra["Length1"] = len(padded)
        stream.extra["Filter"] = "/FlateDecode"
        stream.stream = [packed]


def pack(content: bytes) -> tuple[bytes, bytes]:
    """``content``, padded with line feeds where needed, and its zlib form.

    The packed form never ends in a line break: a reader that measures backwards from “endstream”
    would take that for the one belonging to the keyword and find the length wrong. Its last byte
    is the low one of Adler-32's plain sum, which each line feed raises by ten (RFC 1950 §2.2), so
    one is enough. Neither page content, character maps nor fonts mind one at their end.
    """
    packed = zlib.compress(content)
    return (content, packed) if packed[-1:] not in {b"\r", b"\n"} else pack(content + b"\n")


def _use_uharfbuzz_where_needed() -> None:
    """Cut fonts with uharfbuzz where the system has no harfbuzz-subset: same file, same speed."""
    if not (pdf_fonts.harfbuzz_subset and pdf_fonts.harfbuzz.hb_version_atleast(4, 1, 0)):
        pdf_fonts.Font._fonttools_subset = _subset


def _subset(font: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    font.file_content = fonts.subset(
        font.file_content,
        index=font.index,
        glyphs=to_unicode,
        hinted=hinting,
        notdef=bool(font.missing),
    )


def _check(document: weasyprint.Document, pdf: bytes, contents: dict[str, Any]) -> None:
    """Look at what was drawn before anybody else does. Raises DrawingFailed or CannotDraw."""
    missing = {point for font in document.fonts.values() for point in font.missing}
    if missing:
        raise CannotDraw.because_of("".join(map(chr, sorted(missing))))
    if len(document.pages) != 1:
        raise DrawingFailed(f"{len(document.pages)} pages instead of one")
    if len(pdf) > LARGEST:
        raise DrawingFailed(f"{len(pdf)} bytes, more than {LARGEST}")
    page = document.pages[0]
    if contents["verify_url"] not in {target for _, target, _, _ in page.links}:
        raise DrawingFailed("the link to verify is not on the page")
    boxes = list(page._page_box.descendants(placeholders=True))
    if contents["code"] not in "".join(getattr(box, "text", "") for box in boxes):
        raise DrawingFailed("the code is not on the page")
    _check_places(boxes, page)


def _check_places(boxes: list[Any], page: weasyprint.Page) -> None:
    """Every part of the sheet lies on the page and beside the others, however long its text."""
    article = next(box for box in boxes if box.element_tag == "article")
    parts = [_Part.of(box) for box in article.children if box.element.get("class") != "figure"]
    sheet_of_paper = _Part("the page", 0, 0, page.width, page.height)
    for part in parts:
        if not part.lies_in(sheet_of_paper):
            raise DrawingFailed(f"“{part.name}” runs off the page")
    for one, other in combinations(parts, 2):
        if one.meets(other):
            raise DrawingFailed(f"“{one.name}” runs into “{other.name}”")


class _Part(NamedTuple):
    """A part of the sheet and its edges, in CSS pixels from the top left corner of the page."""

    name: str
    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, box: Any) -> "_Part":
        left, top = box.position_x, box.position_y
        right, bottom = left + box.margin_width(), top + box.margin_height()
        return cls(box.element.get("class") or box.element_tag, left, top, right, bottom)

    def lies_in(self, other: "_Part") -> bool:
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom

    def meets(self, other: "_Part") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


# PDF/A lets no property into its metadata that is not described there (ISO 19005-3, 6.6.2.3).
_UA_CLAIM = b"""
<rdf:Description xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 the file keeps to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
