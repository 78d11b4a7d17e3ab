"""What eyes make of colours: contrast (WCAG 2) and colour-blind sight (Machado 2009). Colours are r, g, b to 255."""

Rgb = tuple[float, float, float]

# Machado, Oliveira, Fernandes: a physiologically-based model for simulation of color vision deficiency,
# IEEE TVCG 15 (6), 2009, doi:10.1109/TVCG.2009.113, severity 1.0; the matrices act on linear light.
KINDS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
}  # fmt: skip
_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)


def linear(rgb: Rgb) -> Rgb:
    """Give linear light, 0 to 1."""
    return tuple(
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (c / 255 for c in rgb)
    )


def luminance(rgb: Rgb) -> float:
    """Give the relative luminance of WCAG 2."""
    return sum(share * light for share, light in zip((0.2126, 0.7152, 0.0722), linear(rgb), strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    """Give the contrast ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _through(matrix, light: Rgb) -> Rgb:
    return tuple(sum(share * each for share, each in zip(row, light, strict=True)) for row in matrix)


def difference(one: Rgb, other: Rgb, kind: str) -> float:
    """Give how different two colours are (CIE 1976 delta E) to somebody of that kind of sight."""
    seen = [tuple(min(1.0, max(0.0, each)) for each in _through(KINDS[kind], linear(rgb))) for rgb in (one, other)]
    first, second = (_lab(light) for light in seen)
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5


def _lab(light: Rgb) -> Rgb:
    shares = (each / white for each, white in zip(_through(_XYZ, light), _WHITE, strict=True))
    x, y, z = (each ** (1 / 3) if each > 216 / 24389 else (24389 / 27 * each + 16) / 116 for each in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
