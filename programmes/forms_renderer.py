"""How Django draws forms here: each field through one template, templates/components/field.html."""

from django.forms.renderers import TemplatesSetting


class LyceumRenderer(TemplatesSetting):
    """Set as FORM_RENDERER, so that ``{{ form }}`` and ``as_field_group`` need no template code."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
