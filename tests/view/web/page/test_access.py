"""Open to everybody: the keyboard alone reaches everything, and axe finds no barrier."""

from __future__ import annotations


def test_axe_finds_nothing_in_any_state(visit, axe, violations):
    visitor = visit(1100, 640)
    visitor.press("1")
    visitor.still()
    assert violations(visitor.page, axe) == []
    visitor.press("l")
    assert violations(visitor.page, axe) == []
    visitor.press("Escape", "h")
    assert violations(visitor.page, axe) == []
    visitor.press("Escape", "t")
    visitor.until("page.visit.tour.on")
    assert violations(visitor.page, axe) == []


def test_axe_finds_nothing_on_a_phone_nor_in_the_catalogue(visit, axe, violations):
    phone = visit(390, 844, has_touch=True, is_mobile=True, device_scale_factor=1, fragment="#work=work_001")
    phone.still()
    assert violations(phone.page, axe) == []
    catalogue = visit(1000, 700, path="catalogue.html", ready=False)
    assert violations(catalogue.page, axe) == []


def test_the_keyboard_alone_reaches_everything(visit):
    visitor = visit(1100, 500, fragment="#work=work_001")
    visitor.still()
    wanted = ["Skip to the room", "Read the catalogue without the room", "open-works", "start-tour"]
    wanted += ["open-help", "room", "fold-plaque", "previous", "next"]
    reached = []
    for _ in wanted:
        visitor.press("Tab")
        reached.append(visitor.focus)
        outline = visitor.ask("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"{reached[-1]} does not show that it has the keyboard"
    assert reached == wanted


def test_dialogs_hold_the_keyboard_and_give_it_back(visit):
    visitor = visit(1100, 500)
    visitor.page.focus("#open-works")
    visitor.press("Enter")
    assert visitor.focus == "filter"
    for _ in range(12):
        visitor.press("Tab")
        assert visitor.ask(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    visitor.press("Escape")
    assert visitor.focus == "open-works"
    visitor.press("Tab", "Tab", "Space")
    assert visitor.page.is_visible("#help")
    visitor.press("Escape")
    assert visitor.focus == "open-help"
    visitor.page.focus(".skip")
    visitor.press("Enter")
    assert visitor.focus == "room"


def test_a_gallery_can_be_walked_by_keys_alone(visit):
    visitor = visit(reduced_motion="reduce")
    visitor.press("Tab", "Tab", "Tab", "Enter")  # the list
    visitor.press("Tab", "Tab", "Enter")  # from the filter to the second work
    visitor.until("page.visit.stop === 1")
    assert visitor.page.inner_text("#plaque-title") == "Tide"
    before = visitor.stance
    visitor.page.keyboard.down(".")
    visitor.until(f"page.walk.stance.azimuth !== {before['azimuth']}")
    visitor.page.keyboard.up(".")


def test_what_the_page_says_is_said_aloud(visit):
    visitor = visit()
    assert visitor.page.get_attribute("#said", "aria-live") == "polite"
    visitor.press("1")
    assert "A bright disc over ember" in visitor.page.inner_text("#said")
    assert visitor.page.get_attribute("#room", "aria-label")
    assert visitor.page.get_attribute("#trouble", "role") == "alert"
