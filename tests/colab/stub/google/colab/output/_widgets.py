"""Where Colab notes which widget manager was asked for; anywidget reads it."""

_installed_url: str | None = None
