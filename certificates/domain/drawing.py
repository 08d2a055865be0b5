"""Certificate facts → one-page PDF, without network. The only module that imports WeasyPrint.

Loading it takes 60 MB and half a second: ask for it by its dotted path from a worker, and let no
module that the web server loads at the start import it.
"""

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import weasyprint
from django.conf import settings
from django.template.loader import get_template, render_to_string
from weasyprint.pdf import fonts as pdf_fonts
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from certificates.domain import fonts, sheet
from certificates.domain.fonts import CannotDraw

__all__ = ["CannotDraw", "DrawingFailed", "draw"]

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

    def pdf(
        self, html: str, *, paper: str, colours: str
    ) -> tuple[weasyprint.Document, bytes]:
        """The document as laid out, and its bytes."""
        self.drawn += 1
        source = weasyprint.HTML(string=html, base_url="", url_fetcher=self._fetcher)
        document = source.render(
            font_config=self._fonts,
            stylesheets=[self._common, self._papers[paper], self._colours(colours)],
            pdf_variant=VARIANT,
        )
        document.metadata = _Metadata(**vars(document.metadata))
        return document, document.write_pdf(pdf_variant=VARIANT, finisher=_finish)

    def _parse(self, css: str) -> weasyprint.CSS:
        return weasyprint.CSS(string=css, url_fetcher=self._fetcher, font_config=self._fonts)


_one_at_a_time = threading.Lock()
_warm: list[_Renderer] = []


def _renderer() -> _Renderer:
    """This process's renderer, built at its first drawing and again after RENEW_AFTER."""
    font_dir = Path(settings.FONT_DIR)
    if not _warm or _warm[0].drawn >= RENEW_AFTER or _warm[0].font_dir != font_dir:
        _use_uharfbuzz_where_needed()
        _warm[:] = [_Renderer(font_dir)]
    return _warm[0]


def _face_rules() -> str:
    return "".join(
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
        f'src:url("{FACE_SCHEME}{face.file}")}}\n'
        for face in fonts.present()
    )


def _source(name: str) -> str:
    return str(get_template(f"certificates/pdf/{name}").template.source)


def _finish(_document: weasyprint.Document, pdf: Any) -> None:
    """Leave the metadata uncompressed: strict readers look for them without unpacking."""
    number = int(pdf.catalog["Metadata"].split()[0])
    pdf.objects[number].compress = False


def _use_uharfbuzz_where_needed() -> None:
    """Cut fonts with uharfbuzz where the system has no harfbuzz-subset: same file, same speed."""
    if pdf_fonts.harfbuzz_subset is None:
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
    words = [box for box in page._page_box.descendants() if hasattr(box, "text")]
    if contents["code"] not in "".join(box.text for box in words):
        raise DrawingFailed("the code is not on the page")
    for box in words:
        if _is_off(box, page):
            raise DrawingFailed(f"“{box.text}” runs off the page")


def _is_off(box: Any, page: weasyprint.Page) -> bool:
    right, bottom = box.position_x + box.width, box.position_y + box.height
    return box.position_x < 0 or box.position_y < 0 or right > page.width or bottom > page.height


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
