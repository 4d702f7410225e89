"""The gallery: a static site of the lessons, every widget alive, with no kernel and no network.

``make site`` runs ``python -m gallery``, which is not part of the package. From the top down:

=============  =====================================================================================
``__main__``   the command
``pages``      the site: a page for each lesson, the index, and what they share
``manual``     how-to pages, how it works, and the reference
``reference``  the public names, from Python and their docstrings
``pictures``   a picture of each lesson's widget, taken in Chromium, for the index
``lessons``    a lesson as its page shows it
``texts``      Markdown, formulas, code and outputs as HTML
``widgets``    a widget's saved state, as the page's script needs it to bring the widget back
``executing``  runs a lesson, once
``colab``      writes lessons that carry their package; a command of its own, ``make colab``
``classroom``  writes what a class needs of each lesson; a command of its own, ``make class``
``worksheets`` a lesson's questions on paper
=============  =====================================================================================

The pages have no html-manager. On a page, a widget is the panel, with a small script in the place
of its kernel, and pictures. So a page loads the panel's code once for all its widgets, plus 1 kB of
its own; html-manager and require.js would be 3.7 MB, and each model would bring its own copy of the
panel's code.
"""
