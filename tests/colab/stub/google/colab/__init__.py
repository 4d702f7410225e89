"""As much of Colab's own package as widgets ask for. There is none for other machines."""
