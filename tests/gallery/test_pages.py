"""Every page of the gallery in a real browser: it does its task, and says what Python says."""

import pytest

import zoo
from tests.gallery.pages import READY, REFUSES, SAYS, SECONDS, needs_browser
from zoo import recipes
from zoo.hub.registry import examples, shipped

pytestmark = needs_browser


def settled(page):
    """The page once it has done its work."""
    page.wait_for_selector(READY, timeout=SECONDS)
    return page


def typed(page, text):
    """What a page says to a text."""
    page.fill("#input", text)
    page.wait_for_timeout(50)
    return settled(page)


def example(name):
    return examples(name)[0]


@pytest.mark.parametrize("name", ["index", *shipped()])
def test_a_page_loads_without_an_error_and_fits_a_narrow_screen(name, page):
    shown = page(name)
    shown.set_viewport_size({"width": 320, "height": 700})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 320
    assert shown.title()


def test_the_first_page_leads_to_every_model(page):
    links = page("index").locator("ul.models a").evaluate_all("all => all.map(a => a.textContent)")
    assert links == list(shipped())


def test_text_is_tagged(page):
    text = "Dr. Zoë's dog can't read (yet)."
    shown = typed(page("blstm-tagger-gum"), text)
    shown_rows = shown.locator("#output .tagged").evaluate_all(
        "all => all.map(e => [e.firstChild.textContent, e.lastChild.textContent])"
    )
    assert [tuple(pair) for pair in shown_rows] == zoo.runtime.pipeline("blstm-tagger-gum")(text)


@pytest.mark.parametrize("name", [name for name in shipped() if name.startswith("translator")])
def test_text_is_translated(name, page):
    shown = page(name)
    text = " ".join(examples(name)[1:])
    shown.fill("#input", text)
    shown.get_by_role("button", name="Translate").click()
    expected = zoo.runtime.pipeline(name)(text)
    shown.wait_for_function(SAYS, arg=expected)


def test_a_translation_comes_with_where_the_decoder_looked(page):
    text = "Ein Mann spielt Gitarre."
    _, predictor = zoo.api.runtime.load("translator-multi30k-de-en")
    (weights,) = predictor.run(recipes.processing("translator").batch(predictor, [text]))[
        "attention"
    ][:, 0]
    shown = page("translator-multi30k-de-en")
    shown.fill("#input", text)
    shown.get_by_role("button", name="Translate").click()
    shown.wait_for_function(SAYS, arg=zoo.runtime.pipeline("translator-multi30k-de-en")(text))
    shown_rows = shown.locator("#looks tr:not(:first-child)").evaluate_all(
        "all => all.map(row => [...row.querySelectorAll('td')].map(e => parseFloat(e.title)))"
    )
    assert shown_rows == pytest.approx(weights[: len(shown_rows)], abs=0.006)


def test_text_goes_on_as_the_likeliest_characters_say(page):
    shown = page("char-lm-shakespeare")
    shown.locator("input[type=range]").fill("0")
    shown.fill("#input", "ROMEO:")
    shown.get_by_role("button", name="Go on").click()
    expected = zoo.runtime.pipeline("char-lm-shakespeare", temperature=0, length=300)("ROMEO:")
    shown.wait_for_function(
        SAYS,
        arg=expected,
        timeout=SECONDS,
    )


def test_bits_get_their_chances(page):
    shown = typed(page("elman-xor"), "110 011")
    shown_rows = shown.locator("#output td:last-child").all_text_contents()
    expected = zoo.runtime.pipeline("elman-xor")("110011")
    assert [float(each) for each in shown_rows] == pytest.approx(
        [p for _, p in expected], abs=0.006
    )


def test_strings_get_the_symbols_that_may_follow(page):
    shown = typed(page("peephole-counting"), "aaabbb")
    shown_rows = shown.locator("#output small").all_text_contents()
    assert shown_rows == [may for _, may in zoo.runtime.pipeline("peephole-counting")("aaabbb")]


@pytest.mark.parametrize("name", ["ntm-copy", "ntm-recall", "ntm-repeat-copy", "ntm-sort"])
@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_a_machine_writes_vectors_and_shows_where_it_looks(name, controller, page):
    shown = page(name)
    shown.get_by_label("By the").select_option(f"ntm_{controller}")
    text = recipes.processing(name).EXAMPLES[-1]
    shown = typed(shown, text)
    shown.wait_for_function(SAYS, arg=zoo.runtime.pipeline(name, controller=controller)(text))
    assert shown.locator("#pictures canvas").count() == 4


def test_a_page_begins_with_the_machine_that_is_asked_elsewhere(page):
    shown = page("ntm-sort")
    [text, *_] = recipes.processing("ntm-sort").EXAMPLES
    shown.wait_for_function(SAYS, arg=zoo.runtime.pipeline("ntm-sort")(text))
    assert shown.get_by_label("By the").input_value() == "ntm_feedforward"


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_a_machine_that_counts_tells_the_next_bit(controller, page):
    shown = page("ntm-ngrams")
    shown.get_by_label("By the").select_option(f"ntm_{controller}")
    text = recipes.processing("ntm-ngrams").EXAMPLES[-1]
    shown = typed(shown, text)
    _, chance = zoo.runtime.pipeline("ntm-ngrams", controller=controller)(text)[-1]
    shown.wait_for_function(SAYS, arg=f"1 next with a chance of {chance:.3f}")
    assert shown.locator("#pictures canvas").count() == 4


def test_a_plan_is_done(page):
    shown = page("jordan-serial")
    shown.get_by_role("button", name="AABB", exact=True).click()
    shown.wait_for_function("document.querySelector('#output').textContent.length === 24")
    assert settled(shown).locator("#output").text_content() == zoo.runtime.pipeline(
        "jordan-serial"
    )("4")


def test_a_corrupted_drawing_is_restored(page):
    shown = page("hopfield-recall")
    shown.locator("input[type=range]").fill("0.1")
    shown.get_by_role("button", name="3", exact=True).click()
    shown.wait_for_function(
        "document.querySelector('#output').textContent === 'It is the stored 3.'"
    )


INK = """() => {
  const made = document.querySelector("canvas");
  const points = made.getContext("2d").getImageData(0, 0, made.width, made.height).data;
  let dark = 0;
  for (let i = 0; i < points.length; i += 4) dark += points[i] < 128;
  return dark / (points.length / 4);
}"""


def test_digits_are_made_up_and_others_at_a_click(page):
    shown = page("draw-mnist")
    last = "document.querySelector('#output').textContent === 'Stroke 10 of 10'"
    shown.wait_for_function(last)
    # Of a point of MNIST one in eight is black.
    first = shown.evaluate(INK)
    assert 0.05 < first < 0.25
    shown.get_by_role("button", name="Draw others").click()
    shown.wait_for_function(f"first => {last} && ({INK})() !== first", arg=first)


def test_a_photograph_is_told_and_where_it_looked_is_shown(page):
    shown = page("captioner-flickr8k")
    for path in recipes.processing("captioner").EXAMPLES:
        shown.set_input_files("#file", path)
        expected = zoo.runtime.pipeline("captioner-flickr8k")(path)
        shown.wait_for_function(SAYS, arg=expected)
        assert settled(shown).locator("#looks figcaption").count() == len(expected.split())


@pytest.mark.parametrize("name", ["seq-mnist", "seq-mnist-permuted", "glimpse-mnist"])
def test_an_image_and_a_drawing_of_a_digit_are_read(name, page):
    shown = page(name)
    for path in examples(name)[:3]:
        shown.set_input_files("#file", path)
        expected = zoo.runtime.pipeline(name)(path)
        shown.wait_for_timeout(100)
        assert likeliest(settled(shown)) == expected
    shown.get_by_role("button", name="Clear").click()
    draw(shown, [[(0.5, 0.15), (0.5, 0.85)]])
    shown.wait_for_timeout(100)
    assert likeliest(settled(shown)) == "1"


def test_a_digit_is_found_among_pieces_of_others(page):
    shown, right = page("glimpse-mnist-cluttered"), 0
    shown.evaluate(
        "let seed = 1; Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647"
    )
    predict = zoo.runtime.pipeline("glimpse-mnist")
    for path in recipes.processing("glimpse-mnist").EXAMPLES[:3]:
        shown.set_input_files("#file", path)
        shown.wait_for_timeout(100)
        settled(shown)
        for _ in range(3):
            shown.get_by_role("button", name="Elsewhere").click()
            shown.wait_for_timeout(100)
            right += likeliest(settled(shown)) == predict(path)
    assert right >= 7


def likeliest(page):
    """The name of the longest bar."""
    rows = page.locator("#output tr").evaluate_all(
        "all => all.map(e => [parseFloat(e.lastChild.textContent), e.firstChild.textContent])"
    )
    return max(rows)[1]


def draw(page, strokes):
    """Moves the mouse over the sheet along strokes, in shares of its width and height."""
    box = page.locator("canvas").first.bounding_box()
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()


def test_ink_is_read(page):
    shown = page("handwriting-unipen")
    for path in recipes.processing("handwriting").EXAMPLES:
        shown.set_input_files("#file", path)
        expected = zoo.runtime.pipeline("handwriting-unipen")(path)
        shown.wait_for_function(SAYS, arg=expected)
    shown.get_by_role("button", name="Clear").click()
    draw(shown, [[(0.3, 0.2), (0.3, 0.8), (0.4, 0.8)]])
    shown.wait_for_function("document.querySelector('#output').textContent !== ''")


def test_the_action_of_a_clip_is_told(page):
    path = example("action-clips")
    shown = page("action-clips")
    assert likeliest(shown) == zoo.runtime.pipeline("action-clips")(path)


def test_the_phases_of_a_video_are_shown(page):
    expected = zoo.runtime.pipeline("gesture-phase")(example("gesture-phase"))
    spans = ", ".join(f"{phase} {first}-{last}" for phase, first, last in expected)
    assert page("gesture-phase").locator("#output").text_content() == spans


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("elman-xor", "102", 'got "2"'),
        ("peephole-counting", "abd", 'got "d"'),
        ("ntm-copy", "10110101,0110", "8 bits"),
        (
            "translator-multi30k-de-en",
            "A man is standing in front of a house.",
            "not read like 'de'",
        ),
    ],
)
def test_what_a_model_does_not_take_is_a_sentence(name, text, message, page):
    shown = typed(page(name), text)
    if name.startswith("translator"):
        shown.get_by_role("button", name="Translate").click()
    shown.wait_for_function(REFUSES, arg=message)


def test_no_image_and_an_empty_drawing_are_sentences(page, tmp_path):
    shown = page("seq-mnist")
    (tmp_path / "x.png").write_text("no image")
    shown.set_input_files("#file", tmp_path / "x.png")
    shown.wait_for_function(REFUSES, arg="no image that the browser reads")
    shown.get_by_role("button", name="Clear").click()
    shown.get_by_role("button", name="Read").click()
    shown.wait_for_function(REFUSES, arg="The image is blank")


def test_a_browser_without_simd_gets_a_sentence(browser, address):
    shown = browser.new_page()
    shown.add_init_script("WebAssembly.validate = () => false;")
    shown.goto(f"{address}/elman-xor.html")
    shown.wait_for_function(REFUSES, arg="no WebAssembly with SIMD")
    shown.close()


def test_every_control_is_reached_by_the_keyboard(page):
    shown = page("blstm-tagger-gum")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Recurrent Zoo"
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.id") == "input"
    shown.keyboard.press("Tab")
    shown.keyboard.press("Enter")
    shown.wait_for_function("document.querySelector('#output').textContent.startsWith('The')")
