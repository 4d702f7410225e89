"""Another language than English: complete, rendered alike in kernel and page, and per widget."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import partial
from threading import RLock
from typing import Any

import nbformat
import pytest

from gallery import classroom, executing
from linreg_widget import LinregError, SettingsError, Trainer, TrainerWidget, crop_yields
from linreg_widget.messages import check_language, say, speaking, templates_of_page
from linreg_widget.messages.catalogue import Argument, parsed, rendered
from linreg_widget.messages.languages import LANGUAGES
from linreg_widget.plots import LossPlot
from linreg_widget.plots.valley.plot import ValleyPlot
from linreg_widget.wording import count, measured, percent, said
from tests import node
from tests.each import each
from tests.lessons import BLOCK, LESSONS, NOT_PROSE, cells_of, marks_in
from tests.panel.test_asking import Make, make, press
from tests.test_messages import PACKAGE, TEMPLATES, arguments, samples, to_wire

__all__ = ["make"]  # a fixture

OTHERS = [name for name in LANGUAGES if name != "en"]
SAME = {  # in German too
    *("words.list", "questions.question", "status.place_and", "status.do", "line.axes"),
    *("draw.point", "tables.own_sum", "tables.rmse", "tables.r2", "head.pause", "entry.none"),
}


def templates(language: str) -> dict[str, str]:
    file = PACKAGE / "messages" / f"{language}.json"
    sections = json.loads(file.read_text(encoding="utf-8"))
    return {
        f"{section}.{key}": text for section, all_ in sections.items() for key, text in all_.items()
    }


TRANSLATED = {language: templates(language) for language in OTHERS}


def shape(template: str) -> set[tuple[str, str, int | None, frozenset[str]]]:
    """Each parameter with how it is written, and which forms it chooses among."""
    return {
        (one.name, one.kind if one.kind != "plural" else "", one.digits, frozenset(one.options))
        for one in arguments(parsed(template)[0])
        if one.kind != "plural" and not is_amount(one)
    }


def is_amount(one: Argument) -> bool:
    return one.kind == "count" and one.digits is None


def plain(template: str) -> Iterator[str]:
    """The words of a template, without its parameters."""

    def within(parts: list[Argument | str]) -> Iterator[str]:
        for part in parts:
            if isinstance(part, str):
                yield part
            else:
                for option in part.options.values():
                    yield from within(option)

    return within(parsed(template)[0])


def test_german_is_there() -> None:
    assert OTHERS == ["de"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_there_are_no_others(language: str) -> None:
    assert set(TRANSLATED[language]) == set(TEMPLATES)


@pytest.mark.parametrize("language", OTHERS)
@each("name", lambda: TEMPLATES)
def test_a_translation_uses_every_parameter_in_every_way_that_english_does(
    language: str, name: str
) -> None:
    text = TRANSLATED[language][name]
    parts, end = parsed(text)
    assert end == len(text)
    names = {one.name for one in arguments(parts)}
    assert names == {one.name for one in arguments(parsed(TEMPLATES[name])[0])}
    assert shape(text) == shape(TEMPLATES[name])
    assert all(
        set(one.options) == {"one", "other"} for one in arguments(parts) if one.kind == "plural"
    )


@pytest.mark.parametrize("language", OTHERS)
def test_hardly_a_message_is_the_english_one(language: str) -> None:
    same = {
        name
        for name, text in TRANSLATED[language].items()
        if text == TEMPLATES[name] and any(word.strip(" .,:=·()") for word in plain(text))
    }
    assert same <= SAME


def test_the_page_renders_translations_as_the_kernel_does() -> None:
    texts = [text for language in OTHERS for text in TRANSLATED[language].values()]
    cases = [(text, values) for text in texts for values in samples(text)[:40]]
    with speaking("de"):
        kernel = [rendered(parsed(text)[0], values) for text, values in cases]
    wire = [[text, {key: to_wire(one) for key, one in values.items()}] for text, values in cases]
    page = node.call(
        """import { render, say, speak } from "./text/say";
        const read = (x: any) => (x && x.number ? Number(x.number) : x);
        speak(args[1]);
        return args[0].map(([text, values]: any) =>
          render(text, Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, read(value)]))));""",
        wire,
        [TRANSLATED["de"][name] for name in TEMPLATES],
    )
    assert [one for one in zip(cases, kernel, page, strict=True) if one[1] != one[2]] == []


def test_numbers_have_points_and_no_commas_in_german() -> None:
    """A comma would be a decimal mark there; the point is the one of the code beside it."""
    values = (1_234_567, 20_988.4, 0.0123, -853.5, 1e9)
    numbers = [*map(measured, values), *map(said, values), count(1234)]
    shares = [*map(percent, (0.62, 0.009, 1e-6))]
    with speaking("de"):
        german = [*map(measured, values), *map(said, values), count(1234)]
        german_shares = [*map(percent, (0.62, 0.009, 1e-6))]
    space = "\N{NARROW NO-BREAK SPACE}"
    assert german == [one.replace(",", space) for one in numbers]
    assert f"20{space}988" in german
    assert shares == ["62%", "0.9%", "less than 0.01%"]
    assert german_shares == [f"{one}\N{NO-BREAK SPACE}%" for one in ("62", "0.9", "< 0.01")]
    page = """import { count, measured, percent, said } from "./text/format";
import { speak } from "./text/say";
        speak(args[1]);
        const [values, , shares] = args;
        const both = [measured, said].flatMap((tell) => values.map((x: number) => tell(x)));
        return [[...both, count(1234)],
          shares.map(percent)];"""
    shown = node.call(page, values, ["x"], [0.62, 0.009, 1e-6])
    assert shown == [german, german_shares]
    assert node.call(page, values, [], [0.62, 0.009, 1e-6]) == [numbers, shares]


TYPED = {
    "1,5e-3": 1.5e-3,
    "0,84": 0.84,
    "1.5e-3": 1.5e-3,
    "−3,25": -3.25,
    "1.000,5": 1000.5,
    "1 000,5": 1000.5,
    "20\N{NARROW NO-BREAK SPACE}988": 20_988,
    "1'000": 1000,
    "1.234": 1.234,
    "12": 12,
    # 1 or 1000: who knows.
    "1,000": None,
    "20,988": None,
    "1,000,000": 1_000_000,
    "1,5,2": None,
    "viel": None,
}


def test_a_decimal_comma_may_be_typed_in_german_and_what_is_ambiguous_is_refused() -> None:
    page = """import { typed } from "./text/format";
import { speak } from "./text/say";
        speak(args[1]);
        return args[0].map(typed).map((x: number) => (Number.isNaN(x) ? null : x));"""
    assert node.call(page, [*TYPED], ["x"]) == [*TYPED.values()]
    english = node.call(page, [*TYPED], [])
    assert dict(zip(TYPED, english, strict=True)) == {
        **TYPED,
        **dict.fromkeys(("1,5e-3", "0,84", "−3,25", "1.000,5", "1 000,5")),
        "1,000": 1000,
        "20,988": 20_988,
        "1,000,000": 1_000_000,
    }


# ---- per widget ----------------------------------------------------------------------------------


def test_a_widget_speaks_its_language_beside_one_that_speaks_english(make: Make) -> None:
    german, english = make(lang="de", ask="loss"), make(ask="loss")
    assert (german.lang, english.lang) == ("de", "en")
    for widget in (german, english):
        press(widget, "step")
    assert german.panel._question["words"].startswith("Als Nächstes kommt Update 1. Der Verlust")
    assert english.panel._question["words"].startswith("Next is update 1. The loss")
    alert = press(german, "guess", value="viel")
    assert alert.startswith("'viel' ist kein gültiger Verlust; ein Verlust ist eine endliche Zahl")
    for widget in (german, english):
        press(widget, "guess", value=30_000)
    assert german.panel._answer["words"].startswith("Nah dran: Der Verlust fiel um 17 %;")
    assert english.panel._answer["words"].startswith("Close: the loss fell by 17%;")
    german.ask = None
    german.run()
    assert german.panel._summary == "15 Zeilen · 3 Merkmale → 2 Zielgrößen · Batches von 3"
    assert "Das Beste" in "".join(german.panel._findings)
    assert "The best" in "".join(english.panel._findings)
    assert say("words.rows", count=2) == "2 rows"  # nothing is left behind


def test_a_question_that_is_set_later_is_asked_in_the_widgets_language(make: Make) -> None:
    widget = make(lang="de")
    widget.ask = "line"
    assert widget.panel._question["words"].startswith("Du bist der Optimierer")


def test_only_a_widget_of_another_language_carries_its_messages(make: Make) -> None:
    german, english = make(lang="de"), make()
    assert english.panel._messages == []
    assert german.panel._messages == templates_of_page("de")
    assert len(german.panel._messages) > 300
    assert "" not in german.panel._messages
    assert "Neu" in "".join(german.panel._messages)
    bundle = (PACKAGE / "static" / "panel.js").read_text(encoding="utf-8")
    assert "Zielgröße" not in bundle


def test_the_language_of_the_environment_is_taken_only_if_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert check_language("auto") == "en"
    for value, wanted in (
        ("de_CH.UTF-8", "de"),
        ("de:en", "de"),
        ("fr_FR.UTF-8", "en"),
        ("C.UTF-8", "en"),
    ):
        monkeypatch.setenv("LANG", value)
        assert check_language("auto") == wanted
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert check_language(None) == "en"


@pytest.mark.parametrize("wrong", ["fr", "DE", "", 3, ["de"]])
def test_a_language_that_is_not_there_is_refused(wrong: Any) -> None:
    with pytest.raises(SettingsError, match="it must be one of 'de', 'en', or 'auto'"):
        TrainerWidget(plot=None, lang=wrong)


def test_plots_speak_the_language_that_they_were_made_in() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.run()
    with speaking("de"):
        valley, plot = ValleyPlot(trainer, RLock(), "image"), LossPlot(trainer, RLock(), "none")
    assert valley.across.description == "Quer"
    assert valley.words.value.startswith("Der Verlust ist")
    valley.across.value = 2  # by a reader's hand: nobody has said a language now
    assert "Mangoes: flachste Richtung den Verlust" in valley.words.value
    assert "vor allem" not in valley.words.value, "an axis has a short name in sentences"
    assert repr(valley).startswith("<ValleyPlot auf image: Der Verlust")
    assert repr(plot).startswith("<LossPlot auf none: Nach 250 von 250 Updates")
    assert ValleyPlot(trainer, RLock(), "image").words.value.startswith("The loss is")
    valley.close()


def test_errors_of_a_widgets_verbs_and_of_its_table_are_in_its_language(make: Make) -> None:
    widget, made = make(lang="de"), partial(TrainerWidget, plot=None, lang="de")
    for act, words in (
        (lambda: widget.seek(10**6), "Update 1000000 ist nicht aufgezeichnet"),
        (lambda: widget.change(batch_size=0), "batch_size ist 0; es muss eine ganze Zahl"),
        (lambda: widget.rescue("best"), "Es sind keine Zeilen zurückgehalten"),
        (lambda: widget.set(w=[[1e39]]), "w hat die Form (1, 1); es muss (2, 3) haben"),
        (lambda: made({"a": [1, 2], "b": [3, "x"]}), "Spalte 'b' enthält 'x'; das ist keine"),
        (lambda: made({"a": [1.0]}), "Die Tabelle hat nur eine Spalte mit Zahlen"),
        (lambda: made(held_out=2), "held_out ist 2; ein Anteil liegt zwischen 0 und 1"),
    ):
        with pytest.raises(LinregError, match=re.escape(words)):
            act()
    with pytest.raises(LinregError, match="is not recorded"):
        make().seek(10**6)


def test_what_a_widget_shows_and_refuses_at_the_prompt_is_in_its_language(make: Make) -> None:
    german, english = make(lang="de"), make()
    assert repr(german).startswith("TrainerWidget um einen Trainer (bereit): 15 Zeilen")
    assert repr(english).startswith("TrainerWidget around a Trainer (ready): 15 rows")
    for name, value, words, meant in (
        ("learning_rate", -1, "learning_rate ist -1; es muss", "learning_rate is -1; it must be"),
        ("learning_rate", "x", "'x', ein str; es muss", "'x', a str; it must be"),
        ("speed", 0, "speed ist 0; es muss", "speed is 0; it must be"),
        ("tab", "los", "tab ist 'los'; es muss", "tab is 'los'; it must be"),
        ("ask", "why", "ask ist 'why'; es muss", "ask is 'why'; it must be"),
        ("learning_rat", 1, "ist kein Trait von TrainerWidget", "is not a trait of TrainerWidget"),
    ):
        for widget, refusal in ((german, words), (english, meant)):
            with pytest.raises(LinregError, match=re.escape(refusal)):
                setattr(widget, name, value)
    with pytest.raises(LinregError, match="ist kein Trait von TrainerWidget: meintest du"):
        german.observe(print, "learning_rat")
    assert german.learning_rate == english.learning_rate > 0
    german.close()
    assert repr(german).startswith("TrainerWidget, geschlossen")


def test_the_page_may_not_change_the_language(make: Make) -> None:
    widget = make(lang="de")
    widget.panel.set_state({"lang": "en", "_messages": []})
    assert widget.lang == "de"
    assert widget.panel._messages != []


# ---- the first lesson in German ------------------------------------------------------------------

GERMAN = LESSONS[0].parent / "de" / "01_ernteertraege.ipynb"
ENGLISH = next(path for path in LESSONS if path.stem == "01_crop_yields")


def test_the_german_lesson_has_the_cells_and_the_numbers_of_the_english_one() -> None:
    """So its numbers are proved where those of the English lesson are: by running that one."""
    german, english = cells_of(GERMAN), cells_of(ENGLISH)
    assert [*german] == [*english]
    for name, cell in german.items():
        assert (cell.cell_type, cell.metadata) == (english[name].cell_type, english[name].metadata)
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert shape_of(cell.source) == shape_of(english[name].source), name
        else:
            # Groups of three have a narrow space between them, where English has a comma.
            assert not re.search(r"\d,\d{3}(?!\d)", plain_of(cell.source)), name
            marks = [
                sorted(marks_in(one.source.replace("\N{NARROW NO-BREAK SPACE}", ",")))
                for one in (cell, english[name])
            ]
            assert marks[0] == marks[1], name
            assert BLOCK.findall(cell.source) == BLOCK.findall(english[name].source)
            assert cell.source != english[name].source
    assert 'lang="de"' in german["widget"].source


def plain_of(text: str) -> str:
    return NOT_PROSE.sub(" ", re.sub(r"<!--.*?-->", "", text))


def shape_of(source: str) -> list[str]:
    """What code does: its nodes, without its texts, keyword lang, and comments."""
    tree = ast.parse(re.sub(r"^(\s*)%pip.*", r"\1pass", source, flags=re.MULTILINE))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            call.keywords = [one for one in call.keywords if one.arg != "lang"]
    return [
        f"{type(one).__name__} {getattr(one, 'id', '')}{getattr(one, 'attr', '')}"
        for one in ast.walk(tree)
        if not isinstance(one, ast.Constant | ast.JoinedStr | ast.FormattedValue)
    ]


@pytest.mark.kernel
@pytest.mark.matrix
def test_the_german_lesson_runs_with_its_exercises_answered() -> None:
    made = classroom.key(nbformat.read(GERMAN, as_version=4))
    made.metadata.own = len(made.cells)
    executing.execute(made, GERMAN.stem)
    checks = [cell for cell in made.cells if cell.id.startswith("check-")]
    assert len(checks) == 2
    for cell in checks:
        assert "Richtig: " in "".join(one.get("text", "") for one in cell.outputs)
