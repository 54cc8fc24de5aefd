from hypothesis import given
from hypothesis import strategies as st

from vrgen.scene.budget import FLOOR, LONGEST, picture_pixels

SIDES = st.integers(1, 20000)


def cost(sizes, limits):
    total = 0.0
    for (width, height), limit in zip(sizes, limits, strict=True):
        if width:
            scale = min(1.0, limit / max(width, height))
            total += width * height * scale**2 * 16 / 3
    return total


def test_few_works_are_large_and_many_are_small():
    assert set(picture_pixels([(6000, 4500)] * 5)) == {2048}
    assert 1100 <= picture_pixels([(6000, 4500)] * 40)[0] <= 1400
    assert FLOOR <= picture_pixels([(6000, 4500)] * 400)[0] <= 480
    assert picture_pixels([]) == []


def test_a_panorama_gets_the_same_area():
    *others, panorama = picture_pixels([(6000, 4500)] * 39 + [(24000, 2000)])
    assert abs(panorama**2 / 12 / (others[0] ** 2 * 0.75) - 1) < 0.02


def test_what_small_works_leave_goes_to_the_others():
    assert (
        picture_pixels([(200, 200)] * 30 + [(6000, 4500)] * 10)[-1] > picture_pixels([(6000, 4500)] * 40)[-1]
    )


@given(st.lists(st.tuples(SIDES, SIDES) | st.just((0, 0)), max_size=60), st.floats(1e6, 3e8))
def test_the_budget_holds_unless_the_floor_says_otherwise(sizes, budget):
    limits = picture_pixels(sizes, budget_bytes=budget)
    assert all(FLOOR <= limit <= LONGEST for limit in limits)
    if any(limit > FLOOR for limit, size in zip(limits, sizes, strict=True) if size[0]):
        above = [(s, n) for s, n in zip(sizes, limits, strict=True) if n > FLOOR]
        assert cost(*zip(*above, strict=True)) <= budget * 1.001
