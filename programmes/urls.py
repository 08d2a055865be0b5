"""Addresses of settings of the reader and the plain pages. Alliances and programs, whose pages
list events, are in events/urls.py."""

from django.urls import path

from programmes.views import plain, public, reader

urlpatterns = [
    path("brand.css", public.brand_css, name="brand-css"),
    path("theme/", reader.theme, name="theme"),
    path("time-zone/", reader.time_zone, name="time-zone"),
    path("accessibility/", plain.accessibility, name="accessibility"),
    path("privacy/", plain.privacy, name="privacy"),
    path("help/", plain.help_page, name="help"),
]
