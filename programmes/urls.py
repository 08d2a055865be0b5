"""Addresses of alliances, programmes, settings of the reader, and the plain pages."""

from django.urls import path

from programmes.views import public

urlpatterns = [
    path("brand.css", public.brand_css, name="brand-css"),
]
