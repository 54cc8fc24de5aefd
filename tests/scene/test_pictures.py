"""Every odd bitmap a folder may hold, built here and read back."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from vrgen.errors import InputProblem
from vrgen.scene.pictures import own_limits, picture_size, read_picture

RNG = np.random.default_rng(5)


def scenery(height=60, width=90):
    """A smooth picture without symmetry, uint8 RGB."""
    v, u = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return (np.stack([u, v, 0.5 + 0.5 * np.sin(7 * u * v)], -1) * 255).astype(np.uint8)


def primaries_profile(primaries, gamma=2.2):
    """A matrix/TRC ICC profile (version 2) for RGB `primaries` ((x, y) x 3) under D50 white."""
    white = np.array([0.9642, 1.0, 0.8249])
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    columns = columns * np.linalg.solve(columns, white)

    def fixed(values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    text = b"wide gamut for a test\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78 + 3),
        b"wtpt": b"XYZ " + bytes(4) + fixed(white),
        **{n: b"XYZ " + bytes(4) + fixed(columns[:, i]) for i, n in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **{n: curve for n in (b"rTRC", b"gTRC", b"bTRC")},
    }
    offset, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", 0, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(white)
    data = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(data)) + data[4:]


P3_LIKE = primaries_profile([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)])


def test_small_srgb_pictures_pass_unchanged(tmp_path):
    pixels = RNG.integers(0, 256, (37, 53, 4), np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, part, icc in (("a", pixels[..., :3], None), ("b", pixels, None), ("c", pixels[..., :3], srgb)):
        path = tmp_path / f"{name}.png"
        Pillow.fromarray(part).save(path, icc_profile=icc)
        assert np.array_equal(read_picture(path, 1400).pixels, part)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_all_eight_orientations_give_the_same_upright_picture(tmp_path, suffix):
    upright = Pillow.fromarray(scenery())
    undo = {
        1: [],
        2: [Pillow.Transpose.FLIP_LEFT_RIGHT],
        3: [Pillow.Transpose.ROTATE_180],
        4: [Pillow.Transpose.FLIP_TOP_BOTTOM],
        5: [Pillow.Transpose.TRANSPOSE],
        6: [Pillow.Transpose.ROTATE_90],
        7: [Pillow.Transpose.TRANSVERSE],
        8: [Pillow.Transpose.ROTATE_270],
    }
    for orientation, turns in undo.items():
        stored = upright
        for turn in turns:
            stored = stored.transpose(turn)
        exif = Pillow.Exif()
        exif[0x0112] = orientation
        path = tmp_path / f"{orientation}.{suffix}"
        stored.save(path, exif=exif, quality=95)
        assert picture_size(path) == (90, 60), orientation
        for max_px in (1400, 45, 15):
            got = read_picture(path, max_px)
            assert (got.width, got.height) == (min(90, max_px), min(90, max_px) * 2 // 3)
            want = np.asarray(upright.resize((got.width, got.height), Pillow.Resampling.LANCZOS), np.float64)
            assert np.abs(got.pixels - want).mean() < 4, (orientation, max_px)


def test_16_bit_grey_is_scaled_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)[None].repeat(4, 0)
    for suffix in ("png", "tif"):
        Pillow.fromarray(ramp).save(tmp_path / f"ramp.{suffix}")
        pixels = read_picture(tmp_path / f"ramp.{suffix}", 1400).pixels
        assert pixels.shape == (4, 256, 3)
        assert np.array_equal(pixels[0, :, 0], np.arange(256))
        small = read_picture(tmp_path / f"ramp.{suffix}", 64).pixels
        assert small[0, 0, 0] <= 3 and small[0, -1, 0] >= 252 and abs(int(small[0, 32, 0]) - 130) < 4


def test_wide_gamut_is_brought_to_srgb(tmp_path):
    patches = np.array([[[255, 255, 255], [128, 128, 128], [180, 100, 90], [90, 170, 100]]], np.uint8)
    Pillow.fromarray(patches.repeat(8, 0).repeat(8, 1)).save(tmp_path / "p3.png", icc_profile=P3_LIKE)
    got = read_picture(tmp_path / "p3.png", 1400).pixels[4, 4::8].astype(int)
    assert np.abs(got[0] - 255).max() <= 1
    assert np.ptp(got[1]) <= 2 and abs(got[1].mean() - 128) < 4
    # The same numbers mean stronger colours there: red gains red, green loses red.
    assert got[2][0] > 184 and got[3][0] < 84 and got[3][1] >= 169


def test_alpha_survives_a_profile(tmp_path):
    pixels = np.dstack([scenery(), np.full((60, 90), 255, np.uint8)])
    pixels[:20, :, 3] = 100
    Pillow.fromarray(pixels).save(tmp_path / "a.png", icc_profile=P3_LIKE)
    got = read_picture(tmp_path / "a.png", 1400).pixels
    assert np.array_equal(got[..., 3], pixels[..., 3])
    assert np.abs(got[..., :3].astype(int) - pixels[..., :3]).mean() > 2


def test_cmyk_reads_as_it_prints(tmp_path):
    inks = np.zeros((8, 48, 4), np.uint8)
    for index, ink in enumerate([(0,) * 4, (255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255)]):
        inks[:, 8 * index : 8 * index + 8] = ink
    inks[:, 40:] = (0, 0, 0, 128)
    for suffix in ("jpg", "tif"):
        Pillow.fromarray(inks, "CMYK").save(tmp_path / f"c.{suffix}", quality=100)
        white, cyan, magenta, yellow, black, grey = read_picture(tmp_path / f"c.{suffix}", 99).pixels[4, 4::8]
        assert white.min() >= 253
        assert cyan[0] < 20 and cyan[2] > 200
        assert magenta[0] > 210 and magenta[1] < 20
        assert yellow[:2].min() > 220 and yellow[2] < 20
        assert black.max() < 40
        assert 100 < grey.mean() < 170 and np.ptp(grey) < 6


def ink_profile():
    """A CMYK ICC profile (lut8 of 2 x 2 x 2 x 2) whose cyan ink prints green; only light to Lab."""
    corners = []
    for c, m, y, k in np.ndindex(2, 2, 2, 2):
        lightness = 255 * (1 - k) * (1 - 0.4 * c) * (1 - 0.5 * m) * (1 - 0.1 * y)
        corners.append((lightness, 128 - 70 * c * (1 - k) + 60 * m * (1 - k), 128 + 60 * y * (1 - k)))
    identity = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 * int(i in (0, 4, 8)) for i in range(9)))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4
    lut += np.array(corners).round().astype(np.uint8).tobytes() + identity * 3
    white = struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"A2B0": lut, b"wtpt": b"XYZ " + bytes(4) + white}
    offset, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4sI4s4s4s", 0, b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + white
    data = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(data)) + data[4:]


def test_cmyk_follows_its_profile(tmp_path):
    inks = np.zeros((8, 16, 4), np.uint8)
    inks[:, 8:] = (255, 0, 0, 0)
    for suffix in ("jpg", "tif"):
        Pillow.fromarray(inks, "CMYK").save(tmp_path / f"c.{suffix}", quality=100, icc_profile=ink_profile())
        white, green = read_picture(tmp_path / f"c.{suffix}", 99).pixels[4, 4::8].astype(int)
        assert white.min() >= 250
        assert green[1] > green[2] + 20 and green[1] > green[0] + 80


def test_a_profile_that_does_not_fit_is_ignored(tmp_path):
    for icc in (b"no profile at all", ink_profile(), P3_LIKE[:200]):
        Pillow.fromarray(scenery()).save(tmp_path / "x.png", icc_profile=icc)
        assert np.array_equal(read_picture(tmp_path / "x.png", 1400).pixels, scenery())
    Pillow.fromarray(scenery()).convert("L").save(tmp_path / "g.png", icc_profile=P3_LIKE)
    grey = read_picture(tmp_path / "g.png", 1400).pixels
    assert np.abs(grey[..., 0].astype(int) - np.asarray(Pillow.fromarray(scenery()).convert("L"))).max() < 12


def test_lab_is_converted(tmp_path):
    lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    source = (scenery() * 0.6 + 50).astype(np.uint8)
    ImageCms.applyTransform(Pillow.fromarray(source), lab).save(tmp_path / "l.tif")
    got = read_picture(tmp_path / "l.tif", 1400).pixels
    assert np.abs(got.astype(int) - source).mean() < 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "YCbCr"])
def test_every_mode_becomes_colour(tmp_path, mode):
    picture = Pillow.fromarray(scenery()).convert("RGBA" if mode == "PA" else "RGB").convert(mode)
    path = tmp_path / ("x.tif" if mode in ("PA", "YCbCr") else "x.png")
    picture.save(path)
    for max_px in (1400, 30, 8):
        got = read_picture(path, max_px)
        want = np.asarray(picture.convert("RGB").resize((got.width, got.height), Pillow.Resampling.BOX))
        assert got.channels == 3
        assert abs(got.pixels.mean() - want.mean()) < 6


def test_animated_files_show_their_first_frame(tmp_path):
    frames = [Pillow.new("RGB", (20, 10), colour) for colour in ((200, 30, 30), (30, 200, 30), (30, 30, 200))]
    for suffix in ("gif", "webp", "png", "tif"):
        path = tmp_path / f"a.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
        assert np.abs(read_picture(path, 99).pixels.astype(int) - (200, 30, 30)).max() <= 2


def test_transparent_rims_stay_bright(tmp_path):
    """A white disc on transparent black must not gain a dark rim by shrinking."""
    v, u = np.mgrid[-1:1:400j, -1:1:400j]
    disc = np.zeros((400, 400, 4), np.uint8)
    disc[u * u + v * v < 0.6] = 255
    Pillow.fromarray(disc).save(tmp_path / "d.png")
    for max_px in (1400, 150, 40):
        got = read_picture(tmp_path / "d.png", max_px).pixels
        assert got.shape[2] == 4
        assert got[..., :3].min() >= 250, max_px
        assert got[0, 0, 3] == 0 and got[len(got) // 2, len(got) // 2, 3] == 255


def test_palette_transparency_and_opaque_alpha(tmp_path):
    palette = Pillow.fromarray(scenery()).quantize(16)
    palette.save(tmp_path / "p.png", transparency=int(np.asarray(palette)[0, 0]))
    assert read_picture(tmp_path / "p.png", 1400).channels == 4
    Pillow.fromarray(scenery()).convert("RGBA").save(tmp_path / "o.png")
    assert read_picture(tmp_path / "o.png", 1400).channels == 3


def test_long_panoramas_and_thin_lines(tmp_path):
    Pillow.fromarray(scenery(200, 2400)).save(tmp_path / "pan.jpg")
    assert read_picture(tmp_path / "pan.jpg", 600).pixels.shape == (50, 600, 3)
    Pillow.fromarray(scenery(1, 3000)).save(tmp_path / "line.png")
    assert read_picture(tmp_path / "line.png", 100).pixels.shape == (1, 100, 3)


def test_strips_equal_the_whole(tmp_path, monkeypatch):
    Pillow.fromarray(RNG.integers(0, 256, (403, 301, 3), np.uint8)).save(tmp_path / "n.png")
    whole = read_picture(tmp_path / "n.png", 50).pixels
    monkeypatch.setattr("vrgen.scene.pictures.STRIP", 1000)
    assert np.array_equal(read_picture(tmp_path / "n.png", 50).pixels, whole)


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def broken_files():
    jpeg, tiff = io.BytesIO(), io.BytesIO()
    Pillow.fromarray(scenery(300, 300)).save(jpeg, "JPEG")
    Pillow.fromarray(np.zeros((8, 8), np.float32)).save(tiff, "TIFF")
    clear = io.BytesIO()
    Pillow.new("RGBA", (5, 5)).save(clear, "PNG")
    return {
        "text.jpg": (
            b"hello, I am no picture",
            "holds no picture, whatever its name says; save it again as PNG or JPEG",
        ),
        "empty.png": (b"", "is empty (0 bytes); copy it again"),
        "cut.jpg": (jpeg.getvalue()[:1500], "ends too early, part of it is missing; copy it again"),
        "bomb.png": (
            png_header(60000, 60000),
            "has 60000 x 60000 pixels, expected at most 400 million; save it smaller",
        ),
        "light.tif": (
            tiff.getvalue(),
            "holds floating-point light, expected a picture; save it with 8 or 16 bits",
        ),
        "clear.png": (
            clear.getvalue(),
            "is wholly transparent, there is nothing to hang; save it again with its picture",
        ),
    }


@pytest.mark.parametrize("name", broken_files())
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, name):
    data, sentence = broken_files()[name]
    (tmp_path / name).write_bytes(data)
    with own_limits(), pytest.raises(InputProblem) as caught:
        read_picture(tmp_path / name, 1400)
    assert str(caught.value) == sentence


def test_damage_anywhere_is_an_input_problem_or_a_picture(tmp_path):
    for suffix in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP"):
        buffer = io.BytesIO()
        Pillow.fromarray(scenery(30, 40)).save(buffer, suffix)
        good = np.frombuffer(buffer.getvalue(), np.uint8)
        for _ in range(25):
            data = good.copy()
            data[RNG.integers(0, min(len(data), 400), 4)] = RNG.integers(0, 256, 4)
            path = tmp_path / f"x.{suffix.lower()}"
            path.write_bytes(data.tobytes()[: RNG.integers(10, len(data) + 1)])
            try:
                with own_limits():
                    picture_size(path)
                    read_picture(path, 100)
            except InputProblem as problem:
                assert "\n" not in str(problem)
